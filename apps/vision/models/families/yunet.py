"""YuNet faces with five landmarks: class, object, box and point tensors for each of three strides.

The score is the geometric mean of class and object score. A box is its centre relative to the cell
and the logarithm of its size, in strides; points are relative to the cell, in strides.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from apps.pipeline.messages import Detection
from apps.vision.models.engine import Outputs
from apps.vision.models.families.candidates import Candidates, suppress, to_detections
from apps.vision.models.families.family import ModelSignature, manifest_mismatch, wrong_outputs
from apps.vision.models.families.grid import STRIDES, cells
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

__all__ = ["YuNetFamily"]

#: Number of values per cell in the four groups of three outputs.
_DEPTHS = (1, 1, 4, 10)


class YuNetFamily:
    """Reads twelve outputs."""

    def __init__(
        self, manifest: ModelManifest, names: Mapping[int, str], signature: ModelSignature
    ) -> None:
        size = (manifest.input.width, manifest.input.height)
        counts = [len(cells(*size, (stride,)).corners) for stride in STRIDES]
        wanted = tuple((1, count, depth) for depth in _DEPTHS for count in counts)
        if signature.shapes != wanted:
            raise wrong_outputs(manifest, signature, list(wanted))
        if len(manifest.labels) != 1:
            raise manifest_mismatch(manifest, f"expected one label, found {manifest.labels}")
        self._cells = cells(*size)
        self._names = dict(names)
        self._number = next(iter(manifest.labels))
        self._threshold = manifest.score_threshold
        self._overlap = manifest.overlap_threshold

    def parse(self, outputs: Outputs, placement: InputPlacement) -> tuple[Detection, ...]:
        """Detections with landmarks in 0..1 of the picture, best first."""
        certain = _joined(outputs[0:3])[:, 0] * _joined(outputs[3:6])[:, 0]
        index = np.flatnonzero(certain >= self._threshold**2)
        scores = np.sqrt(np.minimum(certain[index], 1))
        rows, points = _joined(outputs[6:9])[index], _joined(outputs[9:12])[index]
        corners, strides = self._cells.corners[index], self._cells.strides[index]
        centres = (corners + rows[:, :2]) * strides
        halves = np.exp(rows[:, 2:]) * strides / 2
        boxes = np.concatenate([centres - halves, centres + halves], axis=1)
        marks = (points.reshape(-1, 5, 2) + corners[:, np.newaxis]) * strides[:, np.newaxis]
        found = Candidates(boxes, scores, np.full(len(index), self._number), marks)
        return to_detections(suppress(found, self._overlap), placement, self._names)


def _joined(outputs: Outputs) -> npt.NDArray[np.float32]:
    return np.concatenate([output[0] for output in outputs])
