"""Ground truth in the COCO format: one file with pictures, boxes and categories.

Riders as persons and hidden things are marked `iscrowd`; COCO's evaluation ignores them, so a
detector need not find them.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from apps.scenes.truth.ground_truth import HIDDEN, GroundTruth
from apps.scenes.world.mover import Label

__all__ = ["CocoAnnotation", "CocoCategory", "CocoFile", "CocoImage", "coco_file"]

CATEGORIES = {Label.PERSON: 1, Label.VEHICLE: 2, Label.BIKE: 3, Label.CONE: 4}


class CocoImage(Struct, frozen=True, kw_only=True):
    """One picture."""

    id: int
    file_name: str
    width: int
    height: int


class CocoAnnotation(Struct, frozen=True, kw_only=True):
    """One box: left, top, width and height, pixels."""

    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    area: float
    iscrowd: int
    track_id: int
    visibility: float


class CocoCategory(Struct, frozen=True, kw_only=True):
    """One class."""

    id: int
    name: str


class CocoFile(Struct, frozen=True, kw_only=True):
    """The content of a COCO file."""

    images: tuple[CocoImage, ...]
    annotations: tuple[CocoAnnotation, ...]
    categories: tuple[CocoCategory, ...]


def coco_file(truths: Iterable[GroundTruth], names: str = "img1/{:06d}.jpg") -> CocoFile:
    """All pictures of a sequence.

    Args:
        truths: ground truth of each picture.
        names: pattern of the file names; receives the number of the picture, from 1.
    """
    images: list[CocoImage] = []
    annotations: list[CocoAnnotation] = []
    for truth in truths:
        number = truth.frame + 1
        name = names.format(number)
        images.append(CocoImage(id=number, file_name=name, width=truth.width, height=truth.height))
        annotations += _annotations(truth, len(annotations))
    categories = tuple(CocoCategory(id=number, name=name) for name, number in CATEGORIES.items())
    return CocoFile(images=tuple(images), annotations=tuple(annotations), categories=categories)


def _annotations(truth: GroundTruth, before: int) -> list[CocoAnnotation]:
    found = []
    for index, subject in enumerate(truth.subjects, start=before + 1):
        x_min, y_min, x_max, y_max = subject.box
        width, height = (x_max - x_min) * truth.width, (y_max - y_min) * truth.height
        box = (x_min * truth.width, y_min * truth.height, width, height)
        left, top, wide, high = (round(value, 2) for value in box)
        found.append(
            CocoAnnotation(
                id=index,
                image_id=truth.frame + 1,
                category_id=CATEGORIES[subject.label],
                bbox=(left, top, wide, high),
                area=round(width * height, 2),
                iscrowd=int(subject.riding or subject.visibility < HIDDEN),
                track_id=subject.identity,
                visibility=subject.visibility,
            )
        )
    return found
