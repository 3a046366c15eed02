"""Accuracy of a detector: average precision as defined and computed by COCO.

Only classes of both the model and the data are measured (`classes.yaml`). Objects that need not be
found (`iscrowd`, hidden, riders) are neither required nor penalised.
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

__all__ = ["BoxRecord", "ClassAccuracy", "DetectionAccuracy", "measure_detection"]

#: Index of IoU 0.5 among COCO's ten thresholds.
_HALF = 0


class ClassAccuracy(Struct, frozen=True):
    """Accuracy for one class.

    Attributes:
        label: the class.
        things: number of labelled objects.
        ap50: average precision at an IoU of 0.5, 0..1.
        ap50_95: mean of the average precisions at IoUs of 0.5, 0.55, … 0.95, 0..1.
        recall: share of objects found at the threshold of the model and IoU 0.5, 0..1.
        precision: share of correct detections under the same conditions; 0 without detections.
    """

    label: str
    things: int
    ap50: float
    ap50_95: float
    recall: float
    precision: float


class DetectionAccuracy(Struct, frozen=True):
    """Accuracy of a detector on some data.

    Attributes:
        data: name of the data.
        pictures: number of pictures.
        threshold: score threshold of `recall` and `precision`.
        classes: accuracy by class.
    """

    data: str
    pictures: int
    threshold: float
    classes: tuple[ClassAccuracy, ...]


@dataclass
class BoxRecord:
    """Truth and detections of pictures in COCO format."""

    names: Sequence[str]
    images: list[dict[str, Any]] = field(default_factory=list)
    truths: list[dict[str, Any]] = field(default_factory=list)
    found: list[dict[str, Any]] = field(default_factory=list)

    def add(self, sample: Sample, detections: Sequence[Detection], of: Mapping[str, str]) -> None:
        """Add a picture.

        Args:
            sample: picture with truth.
            detections: detections in the picture.
            of: measured class by label or category; others are ignored.
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
        """Accuracy of every class with labelled objects."""
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
    """Run a detector on labelled pictures, decoded as in a worker.

    Args:
        engine: engine that reports detections with low scores as well.
        data: labelled pictures.
        name: display name of the data.
        classes: equivalent names.
        threshold: score threshold of the pipeline.
        only: classes to measure; empty for all common classes.

    Raises:
        ElasticError: Model and data have no common class, or the data has no object of one.
    """
    pieces = list(data)
    of = common_classes(engine.info.labels, {n for piece in pieces for n in piece.labels}, classes)
    of = {label: group for label, group in of.items() if not only or group in only}
    boxes_seen, info = BoxRecord(sorted(set(of.values()))), engine.info
    for piece in pieces:
        for sample in piece:
            picture = decode(sample.data, width=info.width, height=info.height, inside=info.inside)
            boxes_seen.add(sample, engine.infer(picture), of)
    found = boxes_seen.classes(threshold)
    if not found:
        wanted = ", ".join(only or boxes_seen.names)
        raise ElasticError(f"{name}: The data has no {wanted} to measure {engine.info.model} with")
    return DetectionAccuracy(name, len(boxes_seen.images), threshold, found)


def common_classes(
    labels: Iterable[str], categories: Iterable[str], classes: Classes
) -> dict[str, str]:
    """Measured class by label and category, for classes of both sides.

    Raises:
        ElasticError: There is no common class.
    """
    mine = {label: classes.of(label) for label in labels}
    theirs = {category: classes.of(category) for category in categories}
    both = set(mine.values()) & set(theirs.values())
    if not both:
        raise ElasticError(
            f"The model has the classes {', '.join(sorted(mine))}, the data "
            f"{', '.join(sorted(theirs))}: none in common. List equivalent names in a file for "
            "--classes (example: tools/evaluation/classes.yaml)"
        )
    return {name: group for name, group in (mine | theirs).items() if group in both}


def _pixels(box: Box, size: tuple[int, int]) -> list[float]:
    """Left, top, width, height in pixels."""
    left, top, right, bottom = box
    width, height = size
    return [left * width, top * height, (right - left) * width, (bottom - top) * height]


def _evaluated(boxes_seen: BoxRecord) -> Any:
    categories = [{"id": number, "name": name} for number, name in enumerate(boxes_seen.names, 1)]
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its progress
        truth, found = COCO(), COCO()
        for side, boxes in ((truth, boxes_seen.truths), (found, _as_annotations(boxes_seen.found))):
            side.dataset = {
                "images": boxes_seen.images, "annotations": boxes, "categories": categories,
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
    """Accuracy of one class.

    Args:
        label: name of the class.
        curves: precision [10 IoUs, 101 recalls].
        entries: entries of COCO's evaluation, one per picture.
        threshold: score threshold.
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
