"""Embedding models: one vector `[1, D]` for the appearance of a person, face or object.

The vector is normalised to length 1, so that the cosine similarity of two embeddings is their dot
product. The object fills the picture, so the detection covers the whole picture.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from apps.pipeline.messages import Detection
from apps.vision.models.engine import Outputs
from apps.vision.models.families.family import ModelSignature, manifest_mismatch, wrong_outputs
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

__all__ = ["EmbeddingFamily"]

#: Minimum number of dimensions: a shorter output belongs to another kind of model.
_MIN_DIMENSIONS = 32


class EmbeddingFamily:
    """Reads `[1, D]` or `[1, D, 1, 1]`."""

    def __init__(
        self, manifest: ModelManifest, names: Mapping[int, str], signature: ModelSignature
    ) -> None:
        shapes = signature.shapes
        good = len(shapes) == 1 and len(shapes[0]) >= 2 and shapes[0][1] >= _MIN_DIMENSIONS
        if not good or any(size != 1 for size in (shapes[0][0], *shapes[0][2:])):
            raise wrong_outputs(manifest, signature, "one of [1, D]")
        if len(manifest.labels) != 1:
            raise manifest_mismatch(manifest, f"expected one label, found {manifest.labels}")
        self._label = next(iter(names.values()), next(iter(manifest.labels.values())))

    def parse(
        self,
        outputs: Outputs,
        placement: InputPlacement,  # noqa: ARG002 - the detection is the whole picture
    ) -> tuple[Detection, ...]:
        """One detection that covers the picture, with its embedding."""
        vector = outputs[0].reshape(-1).astype(np.float32)
        length = float(np.linalg.norm(vector))
        embedding = tuple((vector / length).tolist()) if length > 0 else None
        whole = (0.0, 0.0, 1.0, 1.0)
        return (Detection(label=self._label, score=1.0, box=whole, embedding=embedding),)
