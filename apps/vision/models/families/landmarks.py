"""Landmarks of a face that fills the picture: one output `[1, 2 * points, 1, 1]`, x before y."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from apps.pipeline.messages import Detection
from apps.vision.models.engine import Outputs
from apps.vision.models.families.family import ModelSignature, wrong_outputs
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

__all__ = ["LandmarksFamily"]


class LandmarksFamily:
    """Reads five points in 0..1 of the model's input."""

    def __init__(
        self, manifest: ModelManifest, names: Mapping[int, str], signature: ModelSignature
    ) -> None:
        if len(signature.shapes) != 1 or signature.shapes[0][:2] != (1, 10):
            raise wrong_outputs(manifest, signature, "one of [1, 10, 1, 1]")
        self._label = next(iter(names.values()), next(iter(manifest.labels.values())))

    def parse(
        self,
        outputs: Outputs,
        placement: InputPlacement,  # noqa: ARG002 - the detection is the whole picture
    ) -> tuple[Detection, ...]:
        """One detection that covers the picture, with its landmarks."""
        points = np.clip(outputs[0].reshape(-1, 2), 0, 1).tolist()
        whole = (0.0, 0.0, 1.0, 1.0)
        marks = tuple((x, y) for x, y in points)
        return (Detection(label=self._label, score=1.0, box=whole, landmarks=marks),)
