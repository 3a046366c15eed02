"""NanoDet: class scores `[1, cells, classes]` and edges `[1, cells, 32]` for each of three strides.

Each of the four edges is a distribution over 0..7 strides from the centre of the cell, as eight
logits; the distance is its mean. The model includes the sigmoid of the scores.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from apps.pipeline.messages import Detection
from apps.vision.models.engine import Outputs
from apps.vision.models.families.candidates import Candidates, suppress, to_detections
from apps.vision.models.families.family import ModelSignature, wrong_outputs
from apps.vision.models.families.grid import STRIDES, cells
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

__all__ = ["NanoDetFamily"]

_STEPS = 8
_DISTANCES = np.arange(_STEPS, dtype=np.float32)


class NanoDetFamily:
    """Reads three class and three edge tensors."""

    def __init__(
        self, manifest: ModelManifest, names: Mapping[int, str], signature: ModelSignature
    ) -> None:
        size = (manifest.input.width, manifest.input.height)
        counts = [len(cells(*size, (stride,)).corners) for stride in STRIDES]
        wanted = tuple(
            (1, count, depth) for depth in (len(manifest.labels), 4 * _STEPS) for count in counts
        )
        if signature.shapes != wanted:
            expected = f"{list(wanted)} for {len(manifest.labels)} labels"
            raise wrong_outputs(manifest, signature, expected)
        self._cells = cells(*size)
        self._names = dict(names)
        self._threshold = manifest.score_threshold
        self._overlap = manifest.overlap_threshold

    def parse(self, outputs: Outputs, placement: InputPlacement) -> tuple[Detection, ...]:
        """Detections in 0..1 of the picture, best first."""
        picked = [self._over_threshold(scores[0]) for scores in outputs[:3]]
        rows = np.concatenate([s[0][i] for s, i in zip(outputs[:3], picked, strict=True)])
        edges = np.concatenate([e[0][i] for e, i in zip(outputs[3:], picked, strict=True)])
        starts = np.cumsum([0, *(scores.shape[1] for scores in outputs[:2])])
        index = np.concatenate([i + start for i, start in zip(picked, starts, strict=True)])
        classes = rows.argmax(axis=1)
        scores = rows[np.arange(len(rows)), classes]
        found = Candidates(self._boxes(edges, index), scores, classes)
        return to_detections(suppress(found, self._overlap), placement, self._names)

    def _over_threshold(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
        """GridCells of one feature map in which some class is over the threshold."""
        # a flat comparison is several times faster than the maximum of each short row
        return np.unique(np.flatnonzero(scores.ravel() >= self._threshold) // scores.shape[1])

    def _boxes(
        self, edges: npt.NDArray[np.float32], index: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float32]:
        logits = edges.reshape(-1, 4, _STEPS)
        weights = np.exp(logits - logits.max(axis=2, keepdims=True))
        strides = self._cells.strides[index]
        distances = (weights @ _DISTANCES) / weights.sum(axis=2) * strides
        centres = self._cells.corners[index] * strides + (strides - 1) / 2
        return np.concatenate([centres - distances[:, :2], centres + distances[:, 2:]], axis=1)
