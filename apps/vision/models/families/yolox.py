"""YOLOX without built-in decoding: one output `[1, cells, 5 + classes]`.

A row contains the centre of the box relative to its cell and the logarithm of its size, both in
strides, then the objectness score and a score per class.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from apps.pipeline.messages import Detection
from apps.vision.models.engine import Outputs
from apps.vision.models.families.candidates import Candidates, suppress, to_detections
from apps.vision.models.families.family import ModelSignature, wrong_outputs
from apps.vision.models.families.grid import cells
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

__all__ = ["YoloxFamily"]


class YoloxFamily:
    """Reads `[1, cells, 5 + classes]`."""

    def __init__(
        self, manifest: ModelManifest, names: Mapping[int, str], signature: ModelSignature
    ) -> None:
        self._cells = cells(manifest.input.width, manifest.input.height)
        wanted = (1, len(self._cells.corners), 5 + len(manifest.labels))
        if signature.shapes != (wanted,):
            expected = f"one of {list(wanted)} for {len(manifest.labels)} labels"
            raise wrong_outputs(manifest, signature, expected)
        self._names = dict(names)
        self._threshold = manifest.score_threshold
        self._overlap = manifest.overlap_threshold

    def parse(self, outputs: Outputs, placement: InputPlacement) -> tuple[Detection, ...]:
        """Detections in 0..1 of the picture, best first."""
        everything = outputs[0][0]
        index = np.flatnonzero(everything[:, 4] >= self._threshold)
        rows = everything[index]
        classes = rows[:, 5:].argmax(axis=1)
        scores = rows[:, 4] * rows[np.arange(len(rows)), 5 + classes]
        good = scores >= self._threshold
        index, rows = index[good], rows[good]
        strides = self._cells.strides[index]
        centres = (rows[:, :2] + self._cells.corners[index]) * strides
        halves = np.exp(rows[:, 2:4]) * strides / 2
        boxes = np.concatenate([centres - halves, centres + halves], axis=1)
        found = suppress(Candidates(boxes, scores[good], classes[good]), self._overlap)
        return to_detections(found, placement, self._names)
