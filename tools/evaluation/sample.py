"""One labelled picture, and what a source of them is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from apps.pipeline.messages import Box

__all__ = ["LabelledData", "Sample", "Thing"]


class Thing(NamedTuple):
    """One labelled thing.

    Attributes:
        label: category of the data.
        box: x_min, y_min, x_max, y_max in 0..1 of the picture.
        counts: False for what may be found or not: a crowd, a rider, what is hidden.
        identity: the same in every picture and camera; 0 if it is not known.
        visibility: share that is not hidden, 0..1.
    """

    label: str
    box: Box
    counts: bool = True
    identity: int = 0
    visibility: float = 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture.

    Attributes:
        name: for people.
        data: JPEG or PNG, as a worker gets it.
        width: pixels.
        height: pixels.
        things: what is to be seen.
    """

    name: str
    data: bytes
    width: int
    height: int
    things: tuple[Thing, ...]


class LabelledData(Protocol):
    """Labelled pictures that can be gone through again and again."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def labels(self) -> frozenset[str]:
        """Categories that are labelled, whether any picture shows one or not."""

    @property
    def world(self) -> str:
        """Data of one world shows the same individuals; each is another camera. Empty: nobody."""

    def __iter__(self) -> Iterator[Sample]:
        """The pictures, in order."""
