"""Newer Open Model Zoo detectors with two outputs: boxes `[N, 5]` and labels `[N]`.

A box is `x_min, y_min, x_max, y_max, score` in pixels of the model's input. The model includes
non-maximum suppression.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from apps.pipeline.messages import Detection
from apps.vision.models.engine import Outputs
from apps.vision.models.families.candidates import Candidates, to_detections
from apps.vision.models.families.family import ModelSignature, wrong_outputs
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

__all__ = ["BoxesLabelsFamily"]


class BoxesLabelsFamily:
    """Reads boxes `[N, 5]` and labels `[N]` in either order."""

    def __init__(
        self, manifest: ModelManifest, names: Mapping[int, str], signature: ModelSignature
    ) -> None:
        shapes = signature.shapes
        self._boxes = next((i for i, shape in enumerate(shapes) if shape[1:] == (5,)), -1)
        self._labels = next((i for i, shape in enumerate(shapes) if len(shape) == 1), -1)
        if len(shapes) != 2 or self._boxes < 0 or self._labels < 0:
            raise wrong_outputs(manifest, signature, "[N, 5] and [N]")
        self._names = dict(names)
        self._threshold = manifest.score_threshold

    def parse(self, outputs: Outputs, placement: InputPlacement) -> tuple[Detection, ...]:
        """Detections in 0..1 of the picture, best first."""
        rows, classes = outputs[self._boxes], outputs[self._labels]
        good = np.flatnonzero(rows[:, 4] >= self._threshold)
        rows = rows[good]
        found = Candidates(rows[:, :4], rows[:, 4], classes[good])
        return to_detections(found, placement, self._names)
