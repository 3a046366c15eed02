"""All pictures that a detector learns from and is measured on: drawn, read and decoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tools.train.data.clips import label_clips
from tools.train.data.coco_data import TrainingSample, read_coco
from tools.train.data.picture_store import PictureStore
from tools.train.data.scenes import draw_scenes
from tools.train.settings import DetectorSettings, PictureSet

__all__ = ["DetectorData", "gather", "kept_apart", "learnt_from"]

#: Longer side of what is learnt from, beside the input's: crops are enlarged up to this.
_SPARE = 1.25


@dataclass(frozen=True)
class DetectorData:
    """What a detector learns from.

    Attributes:
        samples: boxes of each picture.
        weights: how often each is drawn, in proportion.
        store: file of the decoded pictures.
    """

    samples: tuple[TrainingSample, ...]
    weights: npt.NDArray[np.float64]
    store: Path


def gather(
    settings: DetectorSettings, data: Path, cache: Path, *, decode: bool = True
) -> DetectorData:
    """Draw the scenes, label the clips, read the labels, decode the pictures.

    Args:
        settings: of the detector.
        data: folder that the settings' paths are relative to.
        cache: folder for what is drawn and decoded.
        decode: fill the store, too.

    Raises:
        ValueError: the settings name no picture to learn from, or one that cannot be read.
    """
    samples: list[TrainingSample] = []
    weights: list[float] = []
    for scenes in settings.scenes:
        for labels in draw_scenes(scenes, cache / "scenes"):
            samples += read_coco(labels, settings.classes, least_visible=settings.least_visible)
    weights += [1.0] * len(samples)
    for pictures in settings.pictures:
        read = learnt_from(pictures, settings, data)
        samples += read
        weights += [pictures.weight] * len(read)
    for clips in settings.clips:
        for labels in label_clips(clips, settings.classes, data, cache / "clips"):
            read = read_coco(labels, settings.classes)
            samples += read
            weights += [clips.weight] * len(read)
    if not samples:
        raise ValueError(f"{settings.name}: its settings name no picture to learn from")
    store = cache / f"{settings.name}.raw"
    if decode:
        largest = round(_SPARE * max(settings.width, settings.height))
        PictureStore.fill(store, [sample.path for sample in samples], largest)
    return DetectorData(tuple(samples), np.array(weights), store)


def learnt_from(
    pictures: PictureSet, settings: DetectorSettings, data: Path
) -> list[TrainingSample]:
    """The pictures of one COCO file that are not kept apart."""
    if pictures.train is not None or not pictures.test:
        return _read(pictures, settings, data, pictures.train)
    apart = {sample.path for sample in _read(pictures, settings, data, pictures.test)}
    return [s for s in _read(pictures, settings, data, None) if s.path not in apart]


def kept_apart(settings: DetectorSettings, data: Path, cache: Path) -> list[TrainingSample]:
    """Validation samples: scenes of other seeds, and pictures kept out of training."""
    samples: list[TrainingSample] = []
    for scenes in settings.validation:
        for labels in draw_scenes(scenes, cache / "scenes"):
            samples += read_coco(labels, settings.classes, least_visible=settings.least_visible)
    for pictures in settings.pictures:
        if pictures.test:
            samples += _read(pictures, settings, data, pictures.test)
    return samples


def _read(
    pictures: PictureSet, settings: DetectorSettings, data: Path, ids: tuple[int, ...] | None
) -> list[TrainingSample]:
    return read_coco(
        data / pictures.annotations,
        settings.classes,
        images=data / pictures.images if pictures.images else None,
        ids=ids,
        ignore=pictures.ignore,
        least_visible=settings.least_visible,
    )
