"""Detection candidates: suppression, and conversion to detections in 0..1 of the picture."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from apps.pipeline.messages import Detection
from apps.vision.models.fit import InputPlacement

__all__ = ["Candidates", "suppress", "to_detections"]

FloatArray = npt.NDArray[np.float32]


class Candidates(NamedTuple):
    """Boxes above the score threshold, in any order.

    Attributes:
        boxes: float32 [N, 4], x_min, y_min, x_max, y_max in pixels of the model's input.
        scores: float32 [N], 0..1.
        classes: int [N], class numbers of the manifest.
        landmarks: float32 [N, K, 2] in pixels of the model's input, or None.
    """

    boxes: FloatArray
    scores: FloatArray
    classes: npt.NDArray[np.integer]
    landmarks: FloatArray | None = None

    def take(self, index: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Candidates:
        """The candidates at the indices, or where the mask is true, in that order."""
        landmarks = None if self.landmarks is None else self.landmarks[index]
        return Candidates(self.boxes[index], self.scores[index], self.classes[index], landmarks)


def suppress(found: Candidates, overlap: float) -> Candidates:
    """Keep only the best of the candidates of a class with an IoU above `overlap` (0..1)."""
    if len(found.scores) < 2:
        return found
    corners = found.boxes.astype(np.float64)
    sizes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(
        sizes.tolist(), found.scores.tolist(), found.classes.tolist(), 0.0, overlap
    )
    return found.take(np.asarray(kept, np.intp).reshape(-1))


def to_detections(
    found: Candidates, placement: InputPlacement, names: dict[int, str]
) -> tuple[Detection, ...]:
    """Detections in 0..1 of the picture, best first; classes without a name are omitted."""
    order = np.argsort(-found.scores, kind="stable")
    corners = _relative(found.boxes.reshape(-1, 2, 2), placement).reshape(-1, 4)[order].tolist()
    scores, classes = found.scores[order].tolist(), found.classes[order].tolist()
    marks: list[list[list[float]]] | None = None
    if found.landmarks is not None:
        marks = _relative(found.landmarks, placement)[order].tolist()
    detections = []
    for row, (box, score, number) in enumerate(zip(corners, scores, classes, strict=True)):
        name = names.get(number)
        if name is None or box[2] <= box[0] or box[3] <= box[1]:
            continue
        points = tuple((x, y) for x, y in marks[row]) if marks is not None else None
        detections.append(
            Detection(label=name, score=min(score, 1.0), box=tuple(box), landmarks=points)
        )
    return tuple(detections)


def _relative(points: FloatArray, placement: InputPlacement) -> FloatArray:
    origin = np.array((placement.left, placement.top), np.float32)
    size = np.array((placement.width, placement.height), np.float32)
    relative: FloatArray = np.clip((points - origin) / size, 0.0, 1.0)
    return relative
