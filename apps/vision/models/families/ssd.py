"""SSD with built-in suppression: one output `[1, 1, N, 7]` (most of the Open Model Zoo).

A row is `picture, class, score, x_min, y_min, x_max, y_max`, corners in 0..1 of the model's input;
the first row with a negative picture ends the list.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from apps.pipeline.messages import Detection
from apps.vision.models.engine import Outputs
from apps.vision.models.families.candidates import Candidates, to_detections
from apps.vision.models.families.family import ModelSignature, manifest_mismatch, wrong_outputs
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

__all__ = ["SsdFamily"]


class SsdFamily:
    """Reads `[1, 1, N, 7]`."""

    def __init__(
        self, manifest: ModelManifest, names: Mapping[int, str], signature: ModelSignature
    ) -> None:
        shapes = signature.shapes
        if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][3] != 7:
            raise wrong_outputs(manifest, signature, "one of [1, 1, N, 7]")
        if signature.classes:
            _check_classes(manifest, signature)
        self._names = dict(names)
        self._threshold = manifest.score_threshold
        size = (manifest.input.width, manifest.input.height)
        self._size = np.array((*size, *size), np.float32)

    def parse(self, outputs: Outputs, placement: InputPlacement) -> tuple[Detection, ...]:
        """Detections in 0..1 of the picture, best first."""
        rows = outputs[0].reshape(-1, 7)
        if not (rows[:, 2] >= self._threshold).any():
            return ()
        ends = np.flatnonzero(rows[:, 0] < 0)
        rows = rows[: ends[0]] if len(ends) else rows
        rows = rows[rows[:, 2] >= self._threshold]
        found = Candidates(rows[:, 3:7] * self._size, rows[:, 2], rows[:, 1].astype(np.intp))
        return to_detections(found, placement, self._names)


def _check_classes(manifest: ModelManifest, signature: ModelSignature) -> None:
    real = set(range(signature.classes)) - {signature.background}
    if set(manifest.labels) != real:
        raise manifest_mismatch(
            manifest,
            f"the classes are {sorted(real)} ({signature.background} is the background), but the "
            f"labels are {sorted(manifest.labels)}",
        )
