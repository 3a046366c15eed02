"""How well a detector finds what is there: average precision, as COCO defines and computes it.

Classes are those that the model and the data have in common (`classes.yaml`); what the model says
of other classes is left out. What need not be found (`iscrowd`, hidden, riders) counts neither way.
"""

from __future__ import annotations

import contextlib
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from msgspec import Struct
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from apps.pipeline.messages import Box, Detection
from apps.runtime.errors import ElasticError
from apps.vision.image import decode
from apps.vision.models.engine import Engine
from tools.evaluation.classes import Classes
from tools.evaluation.sample import LabelledData, Sample

__all__ = ["ClassAccuracy", "DetectionAccuracy", "Tally", "measure_detection"]

#: IoU at which "found" is meant when a person says it: the first of COCO's ten.
_HALF = 0


class ClassAccuracy(Struct, frozen=True):
    """How well one class is found.

    Attributes:
        label: the class.
        things: that had to be found.
        ap50: average precision at an IoU of 0.5, 0..1.
        ap50_95: mean of the average precisions at IoUs of 0.5, 0.55, … 0.95, 0..1.
        recall: share of the things found at the model's own threshold and an IoU of 0.5, 0..1.
        precision: share of the detections there that were right; 0 where there were none.
    """

    label: str
    things: int
    ap50: float
    ap50_95: float
    recall: float
    precision: float


class DetectionAccuracy(Struct, frozen=True):
    """How well a detector did on some data.

    Attributes:
        data: its name.
        pictures: how many.
        threshold: score from which `recall` and `precision` took a detection for real.
        classes: one entry each.
    """

    data: str
    pictures: int
    threshold: float
    classes: tuple[ClassAccuracy, ...]


@dataclass
class Tally:
    """Truth and detections of some pictures, in COCO's form."""

    names: Sequence[str]
    images: list[dict[str, Any]] = field(default_factory=list)
    truths: list[dict[str, Any]] = field(default_factory=list)
    found: list[dict[str, Any]] = field(default_factory=list)

    def add(self, sample: Sample, detections: Sequence[Detection], of: Mapping[str, str]) -> None:
        """One more picture.

        Args:
            sample: with its truth.
            detections: what was found.
            of: the class of each label and category; those that are missing are left out.
        """
        image = len(self.images) + 1
        self.images.append({"id": image, "width": sample.width, "height": sample.height})
        numbers = {name: number for number, name in enumerate(self.names, 1)}
        size = (sample.width, sample.height)
        for thing in sample.things:
            if thing.label in of:
                box = _pixels(thing.box, size)
                self.truths.append({
                    "id": len(self.truths) + 1, "image_id": image, "bbox": box,
                    "category_id": numbers[of[thing.label]], "area": box[2] * box[3],
                    "iscrowd": int(not thing.counts),
                })  # fmt: skip
        for one in detections:
            if one.label in of:
                self.found.append({
                    "image_id": image, "bbox": _pixels(one.box, size), "score": one.score,
                    "category_id": numbers[of[one.label]],
                })  # fmt: skip

    def classes(self, threshold: float) -> tuple[ClassAccuracy, ...]:
        """The accuracy of every class of which there are things."""
        if not any(not truth["iscrowd"] for truth in self.truths):
            return ()
        evaluated = _evaluated(self)
        kept: dict[int, list[Any]] = defaultdict(list)
        everywhere = list(evaluated.params.areaRng[0])
        for entry in evaluated.evalImgs:
            if entry is not None and list(entry["aRng"]) == everywhere:
                kept[entry["category_id"]].append(entry)
        # [IoU, recall, class, area, most detections] -> [IoU, recall, class]
        curves = evaluated.eval["precision"][:, :, :, 0, -1]
        return tuple(
            _accuracy(self.names[number - 1], curves[:, :, place], kept[number], threshold)
            for place, number in enumerate(evaluated.params.catIds)
            if (curves[:, :, place] > -1).any()
        )


def measure_detection(
    engine: Engine,
    data: Iterable[LabelledData],
    name: str,
    classes: Classes,
    *,
    threshold: float,
    only: Sequence[str] = (),
) -> DetectionAccuracy:
    """Run a detector on labelled pictures, decoded as a worker decodes them.

    Args:
        engine: that reports everything that it thinks possible.
        data: labelled pictures.
        name: of the data, for people.
        classes: which names mean the same.
        threshold: score from which the pipeline takes a detection for real.
        only: classes that are measured; empty for all that model and data have in common.

    Raises:
        ElasticError: model and data have no class in common, or the data shows none.
    """
    pieces = list(data)
    of = common_classes(engine.info.labels, {n for piece in pieces for n in piece.labels}, classes)
    of = {label: group for label, group in of.items() if not only or group in only}
    tally, info = Tally(sorted(set(of.values()))), engine.info
    for piece in pieces:
        for sample in piece:
            picture = decode(sample.data, width=info.width, height=info.height, inside=info.inside)
            tally.add(sample, engine.infer(picture), of)
    found = tally.classes(threshold)
    if not found:
        wanted = ", ".join(only or tally.names)
        raise ElasticError(f"{name}: nothing to measure {engine.info.model} by: no {wanted}")
    return DetectionAccuracy(name, len(tally.images), threshold, found)


def common_classes(
    labels: Iterable[str], categories: Iterable[str], classes: Classes
) -> dict[str, str]:
    """The class of each label and category, of those classes that both sides have.

    Raises:
        ElasticError: there is none.
    """
    mine = {label: classes.of(label) for label in labels}
    theirs = {category: classes.of(category) for category in categories}
    both = set(mine.values()) & set(theirs.values())
    if not both:
        raise ElasticError(
            f"the model knows {', '.join(sorted(mine))}, the data {', '.join(sorted(theirs))}: "
            "nothing in common; if two of them mean the same, say so in a file for --classes "
            "(tools/evaluation/classes.yaml is one)"
        )
    return {name: group for name, group in (mine | theirs).items() if group in both}


def _pixels(box: Box, size: tuple[int, int]) -> list[float]:
    """Left, top, width, height in pixels."""
    left, top, right, bottom = box
    width, height = size
    return [left * width, top * height, (right - left) * width, (bottom - top) * height]


def _evaluated(tally: Tally) -> Any:
    categories = [{"id": number, "name": name} for number, name in enumerate(tally.names, 1)]
    with contextlib.redirect_stdout(io.StringIO()):  # it reports its progress there
        truth, found = COCO(), COCO()
        for side, boxes in ((truth, tally.truths), (found, _as_annotations(tally.found))):
            side.dataset = {
                "images": tally.images, "annotations": boxes, "categories": categories,
            }  # fmt: skip
            side.createIndex()
        evaluated = COCOeval(truth, found, "bbox")
        evaluated.evaluate()
        evaluated.accumulate()
    return evaluated


def _as_annotations(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**one, "id": number, "area": one["bbox"][2] * one["bbox"][3], "iscrowd": 0}
        for number, one in enumerate(found, 1)
    ]


def _accuracy(
    label: str, curves: np.ndarray[Any, Any], entries: Sequence[Any], threshold: float
) -> ClassAccuracy:
    """Of one class.

    Args:
        label: its name.
        curves: precision [10 IoUs, 101 recalls].
        entries: what COCO's evaluation says of each picture.
        threshold: score from which a detection is taken for real.
    """
    things = hits = misses = 0
    for entry in entries:
        things += int(np.count_nonzero(np.asarray(entry["gtIgnore"]) == 0))
        real = np.asarray(entry["dtScores"]) >= threshold
        real &= ~np.asarray(entry["dtIgnore"][_HALF], bool)
        matched = np.asarray(entry["dtMatches"][_HALF]) > 0
        hits += int(np.count_nonzero(real & matched))
        misses += int(np.count_nonzero(real & ~matched))
    return ClassAccuracy(
        label=label,
        things=things,
        ap50=round(float(curves[_HALF].mean()), 4),
        ap50_95=round(float(curves.mean()), 4),
        recall=round(hits / things, 4),
        precision=round(hits / (hits + misses), 4) if hits + misses else 0.0,
    )
