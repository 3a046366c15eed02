"""Average precision at IoU 0.5 as COCO measures it, and the score from which to report."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from apps.pipeline.messages import Detection
from tools.train.data.coco_data import TrainingSample

__all__ = ["DetectorScore", "score_detections"]

#: Boxes are compared in these units, so that a picture's size does not matter.
_SIDE = 1000.0


class DetectorScore(NamedTuple):
    """How well a detector did.

    Attributes:
        ap50: by class, 0..1; classes that were nowhere to be seen are left out.
        threshold: score from which precision and recall are in balance (largest F1), 0..1.
    """

    ap50: dict[str, float]
    threshold: float

    @property
    def mean(self) -> float:
        """AP50, the mean of all classes."""
        return float(np.mean(list(self.ap50.values()))) if self.ap50 else 0.0


def score_detections(
    samples: Sequence[TrainingSample],
    answers: Sequence[Sequence[Detection]],
    classes: Sequence[str],
) -> DetectorScore:
    """Compare detections with what is there.

    Args:
        samples: what is in each picture.
        answers: what was found in it; boxes in 0..1.
        classes: names, by the samples' number.
    """
    truth, found = _as_coco(samples, classes), _found(answers, classes)
    if not found or not truth["annotations"]:
        return DetectorScore(dict.fromkeys(classes, 0.0) if truth["annotations"] else {}, 0.5)
    with contextlib.redirect_stdout(io.StringIO()):
        known = COCO()
        known.dataset = truth
        known.createIndex()
        comparison = COCOeval(known, known.loadRes(found), "bbox")
        comparison.params.iouThrs = np.array([0.5])
        comparison.evaluate()
        comparison.accumulate()
    # by IoU threshold, recall, class, size of thing, most detections per picture
    precision, scores = (comparison.eval[part][0, :, :, 0, -1] for part in ("precision", "scores"))
    seen = [place for place in range(len(classes)) if (precision[:, place] > -1).any()]
    ap50 = {classes[place]: float(precision[:, place].mean()) for place in seen}
    recall = comparison.params.recThrs[:, None]
    balance = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    best = [float(scores[balance[:, place].argmax(), place]) for place in seen]
    return DetectorScore(ap50, float(np.mean(best)) if best else 0.5)


def _as_coco(samples: Sequence[TrainingSample], classes: Sequence[str]) -> dict[str, Any]:
    annotations = []
    for image, sample in enumerate(samples, start=1):
        for box, number, ignored in zip(
            sample.boxes * _SIDE, sample.classes, sample.ignored, strict=True
        ):
            sides = box[2:] - box[:2]
            annotations.append({
                "id": len(annotations) + 1, "image_id": image, "category_id": int(number) + 1,
                "bbox": [*box[:2].tolist(), *sides.tolist()], "area": float(sides.prod()),
                "iscrowd": int(ignored),
            })  # fmt: skip
    return {
        "images": [{"id": image} for image in range(1, len(samples) + 1)],
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for number, name in enumerate(classes, 1)],
    }


def _found(answers: Sequence[Sequence[Detection]], classes: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for image, detections in enumerate(answers, start=1):
        for detection in detections:
            box: npt.NDArray[np.float64] = np.array(detection.box) * _SIDE
            found.append({
                "image_id": image, "category_id": classes.index(detection.label) + 1,
                "bbox": [*box[:2].tolist(), *(box[2:] - box[:2]).tolist()],
                "score": detection.score,
            })  # fmt: skip
    return found
