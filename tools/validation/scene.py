"""Labelled pictures, decoded once, and class-independent matching of detections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from apps.pipeline.messages import Box, Detection
from apps.vision.image import Picture, decode
from apps.vision.models.model_engine import ModelEngine
from tools.evaluation.classes import Classes
from tools.evaluation.detection_accuracy import BoxRecord
from tools.evaluation.sample import LabelledData, Sample, Thing

__all__ = [
    "SAME",
    "LabelledPicture",
    "Remembered",
    "average_precision",
    "best_match",
    "labelled",
    "overlap",
]

#: IoU from which two boxes show the same object.
SAME = 0.5


class LabelledPicture(NamedTuple):
    """A picture and its objects of the model's classes.

    Attributes:
        sample: picture with truth.
        picture: decoded picture.
        things: objects of the model's classes, labelled with these classes.
    """

    sample: Sample
    picture: Picture
    things: tuple[Thing, ...]


class Remembered:
    """Labelled data that is read only once."""

    def __init__(self, piece: LabelledData) -> None:
        self.name, self.labels, self.world = piece.name, piece.labels, piece.world
        self._samples = tuple(piece)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._samples)


def labelled(
    data: Sequence[LabelledData], labels: Sequence[str], classes: Classes, most: int
) -> list[LabelledPicture]:
    """A limited number of pictures that show objects of the model's classes."""
    mine = {classes.of(label) for label in labels}
    found = []
    for piece in data:
        taken = 0
        for sample in piece:
            things = tuple(
                thing._replace(label=classes.of(thing.label))
                for thing in sample.things
                if classes.of(thing.label) in mine
            )
            if any(thing.counts for thing in things) and taken < most:
                found.append(LabelledPicture(sample, decode(sample.data), things))
                taken += 1
    return found


def average_precision(engine: ModelEngine, pictures: Sequence[LabelledPicture]) -> float:
    """Class-independent AP50, 0..1."""
    boxes_seen = BoxRecord(["thing"])
    anything = _Anything()
    for one in pictures:
        sample = Sample(one.sample.name, b"", one.sample.width, one.sample.height, one.things)
        boxes_seen.add(sample, engine.infer(one.picture), anything)
    (accuracy,) = boxes_seen.classes(threshold=0.5)
    return accuracy.ap50


def overlap(first: Box, second: Box) -> float:
    """Intersection over union."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    both = max(0.0, wide) * max(0.0, high)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return both / (areas - both) if areas > both else 0.0


def best_match(found: Detection, things: Sequence[Thing]) -> tuple[Thing | None, float]:
    """The object with the largest IoU to a box, and that IoU."""
    best = max(things, key=lambda thing: overlap(found.box, thing.box), default=None)
    return best, (overlap(found.box, best.box) if best else 0.0)


class _Anything(dict[str, str]):
    """Maps every name to `thing`."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return "thing"
