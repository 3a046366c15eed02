"""Labelled pictures, decoded once, and what a model finds in them whatever it calls it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from apps.pipeline.messages import Box, Detection
from apps.vision.image import Picture, decode
from apps.vision.models.model_engine import ModelEngine
from tools.evaluation.classes import Classes
from tools.evaluation.detection_accuracy import Tally
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

#: Boxes that are this much the same mean the same.
SAME = 0.5


class LabelledPicture(NamedTuple):
    """A picture and those things in it that the model should know.

    Attributes:
        sample: with its truth.
        picture: whole.
        things: of classes that the model has, by the names of these classes.
    """

    sample: Sample
    picture: Picture
    things: tuple[Thing, ...]


class Remembered:
    """Labelled data whose pictures are made only once, however often they are looked at."""

    def __init__(self, piece: LabelledData) -> None:
        self.name, self.labels, self.world = piece.name, piece.labels, piece.world
        self._samples = tuple(piece)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._samples)


def labelled(
    data: Sequence[LabelledData], labels: Sequence[str], classes: Classes, most: int
) -> list[LabelledPicture]:
    """Pictures that show things which the model should know; few of them."""
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
    """AP50 of finding things at all, whatever they are called; 0..1."""
    tally = Tally(["thing"])
    anything = _Anything()
    for one in pictures:
        sample = Sample(one.sample.name, b"", one.sample.width, one.sample.height, one.things)
        tally.add(sample, engine.infer(one.picture), anything)
    (accuracy,) = tally.classes(threshold=0.5)
    return accuracy.ap50


def overlap(first: Box, second: Box) -> float:
    """Intersection over union."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    both = max(0.0, wide) * max(0.0, high)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return both / (areas - both) if areas > both else 0.0


def best_match(found: Detection, things: Sequence[Thing]) -> tuple[Thing | None, float]:
    """The thing that a box covers best, and how well."""
    best = max(things, key=lambda thing: overlap(found.box, thing.box), default=None)
    return best, (overlap(found.box, best.box) if best else 0.0)


class _Anything(dict[str, str]):
    """Every name means a thing."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return "thing"
