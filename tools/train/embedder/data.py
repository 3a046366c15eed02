"""All people that an embedder learns from, drawn, cut out, and described by a larger model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from apps.vision.image import Picture
from apps.vision.models.catalogue import resolve
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.registry import load_engine
from tools.train.data.clips import label_clips
from tools.train.data.coco_data import read_coco
from tools.train.data.people import SMALLEST, cut_out, load_people
from tools.train.data.scenes import draw_scenes, views
from tools.train.embedder.learner import KnownPeople, RealPeople, middle_of
from tools.train.settings import Clips, EmbedderSettings, PictureSet

__all__ = ["Seen", "known_people", "real_people", "seen_people"]

#: Pixels that the larger model sees; it resizes them itself.
_SEEN = (64, 128)
#: Minimum visible share of a person for re-identification.
_WELL_VISIBLE = 0.6
_PERSON = {"person": ("person",)}


def known_people(settings: EmbedderSettings, cache: Path) -> KnownPeople:
    """All people in the scenes; the people of a seed look the same in all of its scenes."""
    crops, names = [], []
    for scenes in settings.scenes:
        for view, path in zip(views(scenes), draw_scenes(scenes, cache / "scenes"), strict=True):
            people = load_people(path.parent / "people.npz")
            crops.append(people.crops)
            names += [(view.seed, int(identity)) for identity in people.identities]
    index = {name: number for number, name in enumerate(sorted(set(names)))}
    return KnownPeople(np.concatenate(crops), np.array([index[name] for name in names], np.int64))


class Seen(NamedTuple):
    """A view of a drawn person.

    Attributes:
        crop: uint8 [CROP_HEIGHT, CROP_WIDTH, 3].
        person: seed and identity.
        camera: world (scene and seed) and number.
    """

    crop: npt.NDArray[np.uint8]
    person: tuple[int, int]
    camera: tuple[str, int]


def seen_people(settings: EmbedderSettings, cache: Path) -> list[Seen]:
    """Clearly visible people in the validation scenes."""
    found = []
    for scenes in settings.validation:
        for view, path in zip(views(scenes), draw_scenes(scenes, cache / "scenes"), strict=True):
            people = load_people(path.parent / "people.npz")
            for identity, visible, crop in zip(
                people.identities, people.visibilities, people.crops, strict=True
            ):
                if visible >= _WELL_VISIBLE:
                    world = f"{view.scene}-{view.seed}"
                    found.append(Seen(crop, (view.seed, int(identity)), (world, view.camera)))
    return found


def real_people(settings: EmbedderSettings, data: Path, cache: Path) -> RealPeople | None:
    """All people in the clips and pictures, with the vectors of the teacher."""
    crops = [_of_clips(clips, data, cache) for clips in settings.clips]
    crops += [_of_pictures(pictures, data) for pictures in settings.pictures]
    found = np.concatenate(crops) if crops else np.zeros(0)
    if not len(found):
        return None
    teacher = load_engine(
        resolve("", [data / "models"], model=settings.teacher), CompileOptions(threads=2)
    )
    vectors = []
    for crop in found:
        (answer,) = teacher.infer(Picture.of(middle_of(crop, _SEEN)))
        vectors.append(np.array(answer.embedding, np.float32))
    return RealPeople(found, np.array(vectors))


def _of_clips(clips: Clips, data: Path, cache: Path) -> npt.NDArray[np.uint8]:
    paths = label_clips(clips, _PERSON, data, cache / "people-clips")
    return np.concatenate([load_people(path.parent / "people.npz").crops for path in paths])


def _of_pictures(pictures: PictureSet, data: Path) -> npt.NDArray[np.uint8]:
    images = data / pictures.images if pictures.images else None
    samples = read_coco(data / pictures.annotations, _PERSON, images=images, ids=pictures.train)
    crops = [
        crop for sample in samples for crop in _cut(sample.path, sample.boxes[~sample.ignored])
    ]
    return np.array(crops, np.uint8).reshape(-1, 160, 80, 3)


def _cut(path: Path, boxes: npt.NDArray[np.float32]) -> Iterable[npt.NDArray[np.uint8]]:
    pixels = cv2.imread(str(path))
    if pixels is None:
        raise ValueError(f"{path}: not a picture that can be read")
    height, width = pixels.shape[:2]
    for box in boxes * np.array([width, height, width, height]):
        if box[3] - box[1] >= SMALLEST and box[2] - box[0] >= SMALLEST / 3:
            yield cut_out(pixels, box)
