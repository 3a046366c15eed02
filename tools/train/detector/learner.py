"""Training of the detector on random crops of its pictures, mixed by weight."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tools.train.data.augment import Crop, cut, mosaic, spoil
from tools.train.data.coco_data import TrainingSample
from tools.train.data.picture_store import PictureStore
from tools.train.detector.loss import DetectorLoss, Truth
from tools.train.detector.network import DetectorNetwork
from tools.train.settings import DetectorSettings

__all__ = ["DetectorLearner"]

#: Share of examples that are made of four crops.
_MOSAICS = 0.25
#: Size of things in training beside their size when the model runs: logarithms of the ends.
_SCALES = (-0.6, 0.4)


class DetectorLearner:
    """A detector and its loss on crops at random.

    Args:
        settings: of the detector.
        samples: what is in each picture of the store.
        weights: how often each picture is drawn, in proportion.
        store: file of the decoded pictures.
        device: where it learns.
    """

    def __init__(
        self,
        settings: DetectorSettings,
        samples: Sequence[TrainingSample],
        weights: npt.NDArray[np.float64],
        store: Path,
        device: torch.device,
    ) -> None:
        self.network = DetectorNetwork(len(settings.classes), settings.channels)
        self._settings, self._samples = settings, samples
        self._rarity = _rarity(samples, len(settings.classes))
        rarest = [self._rarity[s.classes].max(initial=1.0) ** 0.5 for s in samples]
        self._chances = weights * rarest / (weights * rarest).sum()
        self._store = PictureStore(store)
        self._loss = DetectorLoss(settings.crop, settings.crop, str(device))
        self._device = device

    def loss(self, rng: np.random.Generator, count: int) -> tuple[Tensor, dict[str, float]]:
        """The loss on `count` crops, and its parts."""
        crops = [self._crop(rng) for _ in range(count)]
        pictures = torch.from_numpy(np.stack([crop.pixels for crop in crops])).to(self._device)
        pictures = pictures.permute(0, 3, 1, 2).float()
        truths = [
            Truth(*(torch.from_numpy(part).to(self._device) for part in
                    (crop.boxes, crop.classes, crop.ignored)))
            for crop in crops
        ]  # fmt: skip
        return self._loss(self.network(pictures).float(), truths)

    def _crop(self, rng: np.random.Generator) -> Crop:
        side = self._settings.crop
        if rng.random() > _MOSAICS:
            crop = self._piece(rng, (side, side))
        else:
            x, y = (int(value) for value in rng.integers(side // 3, side - side // 3, 2))
            sizes = ((x, y), (side - x, y), (x, side - y), (side - x, side - y))
            crop = mosaic([self._piece(rng, size) for size in sizes], (side, side), (x, y))
        crop.pixels = spoil(crop.pixels, rng)
        return crop

    def _piece(self, rng: np.random.Generator, size: tuple[int, int]) -> Crop:
        number = int(rng.choice(len(self._samples), p=self._chances))
        picture = self._store[number]
        fit = min(self._settings.width / picture.shape[1], self._settings.height / picture.shape[0])
        scale = fit * float(np.exp(rng.uniform(*_SCALES)))
        return cut(picture, self._samples[number], size, scale, rng, self._rarity)


def _rarity(samples: Sequence[TrainingSample], classes: int) -> npt.NDArray[np.float64]:
    """How much more often each class is looked at than chance would: 1 for the most frequent.

    The root of how rare it is among the boxes, and 4 at most (as LVIS repeats pictures, Gupta et
    al. 2019).
    """
    learnt = [sample.classes[~sample.ignored] for sample in samples]
    counts = np.bincount(np.concatenate(learnt), minlength=classes)
    return np.clip(np.sqrt(counts.max() / np.maximum(counts, 1)), 1.0, 4.0)
