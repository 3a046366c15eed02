"""Training of the embedder on synthetic people with known identity, and on real people.

Real people have no identity here. The embedder learns the similarity that a larger model computes
for each pair (relational distillation, Park et al. 2019).
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.train.data.augment import spoil
from tools.train.data.people import CROP_HEIGHT, CROP_MARGIN, CROP_WIDTH
from tools.train.embedder.network import EmbedderNetwork, Identities, contrast

__all__ = ["EmbedderLearner", "KnownPeople", "LearntEmbedder", "RealPeople", "middle_of"]

Bytes = npt.NDArray[np.uint8]

#: Views of one person in a batch.
_VIEWS = 4
#: Real people in a batch, for one that is drawn, and what their loss weighs.
_REAL, _REAL_WEIGHT = 0.5, 12.0
#: How many of all crops lose a rectangle (random erasing, Zhong et al. 2017).
_ERASED = 0.3


class KnownPeople(NamedTuple):
    """Drawn people.

    Attributes:
        crops: uint8 [N, CROP_HEIGHT, CROP_WIDTH, 3].
        identities: int64 [N], from 0 without gaps.
    """

    crops: Bytes
    identities: npt.NDArray[np.int64]


class RealPeople(NamedTuple):
    """Real people, and what a larger model thinks of them.

    Attributes:
        crops: uint8 [N, CROP_HEIGHT, CROP_WIDTH, 3].
        vectors: float32 [N, D] of length 1.
    """

    crops: Bytes
    vectors: npt.NDArray[np.float32]


class LearntEmbedder(nn.Module):
    """The embedder, and what only training needs."""

    def __init__(self, length: int, identities: int) -> None:
        super().__init__()
        self.embedder, self.identities = EmbedderNetwork(length), Identities(length, identities)


class EmbedderLearner:
    """An embedder and its loss.

    Args:
        known: drawn people.
        real: real people; None for none.
        length: of the vectors.
        size: width and height of the input, pixels.
        device: where it learns.
    """

    def __init__(
        self,
        known: KnownPeople,
        real: RealPeople | None,
        *,
        length: int,
        size: tuple[int, int],
        device: torch.device,
    ) -> None:
        count = int(known.identities.max()) + 1
        self.network = LearntEmbedder(length, count)
        self._known, self._real, self._size, self._device = known, real, size, device
        order = np.argsort(known.identities, kind="stable")
        starts = np.searchsorted(known.identities[order], np.arange(count + 1))
        self._views = [order[a:b] for a, b in pairwise(starts)]

    def loss(self, rng: np.random.Generator, count: int) -> tuple[Tensor, dict[str, float]]:
        """The loss on `count` drawn people and half as many real ones, and its parts."""
        chosen = rng.choice(len(self._views), max(2, count // _VIEWS), replace=False)
        picked = np.concatenate([rng.choice(self._views[who], _VIEWS) for who in chosen])
        crops = [_changed(self._known.crops[n], self._size, rng) for n in picked]
        alike = np.zeros(0, np.int64)
        if self._real is not None:
            most = min(int(count * _REAL), len(self._real.crops))
            alike = rng.choice(len(self._real.crops), most, replace=False)
            crops += [_changed(self._real.crops[n], self._size, rng) for n in alike]
        pictures = torch.from_numpy(np.stack(crops)).to(self._device).permute(0, 3, 1, 2).float()
        vectors = self.network.embedder(pictures)
        who = torch.from_numpy(self._known.identities[picked]).to(self._device)
        drawn = vectors[: len(picked)].float()
        known = self.network.identities(drawn, who) + contrast(drawn, who)
        parts = {"known": known.item()}
        if not len(alike) or self._real is None:
            return known, parts
        wanted = torch.from_numpy(self._real.vectors[alike]).to(self._device)
        seen = functional.normalize(vectors[len(picked) :].float())
        real = (seen @ seen.T - wanted @ wanted.T).square().mean()
        return known + _REAL_WEIGHT * real, {**parts, "real": real.item()}


def middle_of(crop: Bytes, size: tuple[int, int]) -> Bytes:
    """A cut-out without its margin, as the model sees it when it runs."""
    return _window(crop, size, np.zeros(4))


def _changed(crop: Bytes, size: tuple[int, int], rng: np.random.Generator) -> Bytes:
    """Shifted, mirrored, with a rectangle missing, small and enlarged again, in another light."""
    pixels = _window(crop, size, rng.normal(0, 0.05, 4))
    if rng.random() < 0.5:
        pixels = cv2.flip(pixels, 1)
    if rng.random() < 0.3:
        share = rng.uniform(0.3, 0.8)
        small = cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        pixels = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    pixels = spoil(pixels, rng, colours=False)
    if rng.random() < _ERASED:
        sides = (rng.uniform(0.2, 0.6, 2) * size).astype(int)
        left, top = (
            int(rng.integers(0, whole - side)) for whole, side in zip(size, sides, strict=True)
        )
        pixels[top : top + sides[1], left : left + sides[0]] = rng.integers(0, 255, 3)
    return np.ascontiguousarray(pixels)


def _window(crop: Bytes, size: tuple[int, int], shift: npt.NDArray[np.float64]) -> Bytes:
    """The box that the margin surrounds, its edges moved by shares of its size."""
    inner = np.array([CROP_WIDTH, CROP_HEIGHT]) / (1 + 2 * CROP_MARGIN)
    low = inner * (CROP_MARGIN + np.clip(shift[:2], -CROP_MARGIN, CROP_MARGIN))
    high = inner * (1 + CROP_MARGIN + np.clip(shift[2:], -CROP_MARGIN, CROP_MARGIN))
    scale = np.array(size) / (high - low)
    affine = np.array([[scale[0], 0, -low[0] * scale[0]], [0, scale[1], -low[1] * scale[1]]])
    return cv2.warpAffine(crop, affine, size, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]
