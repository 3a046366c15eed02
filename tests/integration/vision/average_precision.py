"""How good a detector is on labelled pictures: AP50 as COCO defines it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from apps.pipeline.messages import Box, Detection

__all__ = ["Label", "average_precision", "labels_of"]


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled thing, corners in 0..1; a crowd may be found any number of times, or not."""

    box: Box
    crowd: bool


def labels_of(path: Path, names: set[str]) -> dict[str, list[Label]]:
    """Labels of the wanted classes, by picture file, out of a COCO file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    classes = {entry["id"] for entry in content["categories"] if entry["name"] in names}
    pictures = {entry["id"]: entry for entry in content["images"]}
    found: dict[str, list[Label]] = {entry["file_name"]: [] for entry in content["images"]}
    for entry in content["annotations"]:
        if entry["category_id"] in classes:
            picture = pictures[entry["image_id"]]
            wide, high = picture["width"], picture["height"]
            left, top, width, height = entry["bbox"]
            box = (left / wide, top / high, (left + width) / wide, (top + height) / high)
            found[picture["file_name"]].append(Label(box, bool(entry.get("iscrowd"))))
    return found


def average_precision(
    labels: Mapping[str, Sequence[Label]], found: Mapping[str, Sequence[Detection]]
) -> float:
    """Area under precision over recall, at an IoU of 0.5, sampled at 101 recalls; 0..1."""
    total = sum(not label.crowd for things in labels.values() for label in things)
    scored = sorted(
        (outcome for name, things in labels.items() for outcome in _outcomes(things, found[name])),
        key=lambda outcome: -outcome[0],
    )
    hits = np.cumsum([hit for _, hit in scored])
    if not len(hits):
        return 0.0
    recall = hits / total
    precision = hits / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, np.linspace(0, 1, 101))
    return float(np.append(best, 0.0)[places].mean())


def _outcomes(labels: Sequence[Label], found: Sequence[Detection]) -> list[tuple[float, bool]]:
    """Score and success of each detection of one picture; those in a crowd do not count."""
    free = [label for label in labels if not label.crowd]
    crowds = [label for label in labels if label.crowd]
    outcomes = []
    for one in sorted(found, key=lambda detection: -detection.score):
        best = max(free, key=lambda label: _overlap(one.box, label.box), default=None)
        if best is not None and _overlap(one.box, best.box) >= 0.5:
            free.remove(best)
            outcomes.append((one.score, True))
        elif not any(_inside(one.box, crowd.box) >= 0.5 for crowd in crowds):
            outcomes.append((one.score, False))
    return outcomes


def _common(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _overlap(a: Box, b: Box) -> float:
    common = _common(a, b)
    return common / (_area(a) + _area(b) - common)


def _inside(a: Box, b: Box) -> float:
    return _common(a, b) / _area(a)
