"""Labelled pictures: one sample, and the protocol of their sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from apps.pipeline.messages import Box

__all__ = ["LabelledData", "Sample", "Thing"]


class Thing(NamedTuple):
    """One labelled object.

    Attributes:
        label: category of the data.
        box: x_min, y_min, x_max, y_max in 0..1 of the picture.
        counts: False for crowds, riders and hidden objects, which are neither required nor
            penalised.
        identity: identity across pictures and cameras; 0 if unknown.
        visibility: visible share, 0..1.
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
        name: display name.
        data: JPEG or PNG.
        width: pixels.
        height: pixels.
        things: labelled objects.
    """

    name: str
    data: bytes
    width: int
    height: int
    things: tuple[Thing, ...]


class LabelledData(Protocol):
    """Labelled pictures that can be iterated repeatedly."""

    @property
    def name(self) -> str:
        """Display name."""

    @property
    def labels(self) -> frozenset[str]:
        """Labelled categories, including those without objects."""

    @property
    def world(self) -> str:
        """Name shared by the cameras that show the same individuals; empty without identities."""

    def __iter__(self) -> Iterator[Sample]:
        """The pictures, in order."""
