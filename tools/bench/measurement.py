"""What a measurement is, and what it gives: figures with their samples, and curves to draw."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.bench.context import Context

__all__ = ["Curve", "Figure", "Findings", "Measurement", "Target", "percentile", "ratios"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must reach: at most, or at least, a value."""

    value: float
    at_most: bool = True

    @classmethod
    def at_least(cls, value: float) -> Target:
        """The figure must not be smaller."""
        return cls(value, at_most=False)

    def reached(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value <= self.value if self.at_most else value >= self.value

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the table.

    Attributes:
        name: what it is, such as `F INT8 1280x720`.
        samples: one of each round, in order; at least one.
        unit: of the samples; empty for a ratio.
        target: that the median must reach, if there is one.
        note: what else must be known to read it.
    """

    name: str
    samples: Sequence[float]
    unit: str = ""
    target: Target | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """Of the samples."""
        return statistics.median(self.samples)

    @property
    def reached(self) -> bool | None:
        """Whether the median reaches the target; None without a target."""
        return None if self.target is None else self.target.reached(self.median)


@dataclass(frozen=True, slots=True)
class Curve:
    """A picture of lines: several series over one axis.

    Attributes:
        title: above the picture.
        x: what the points lie over, with its unit.
        y: what they show, with its unit.
        series: name and points (x, y) of each line, x ascending.
    """

    title: str
    x: str
    y: str
    series: Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Findings:
    """What one measurement found."""

    figures: Sequence[Figure] = field(default_factory=tuple)
    curves: Sequence[Curve] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Something that can be measured.

    Attributes:
        name: to select it by, one word.
        text: what it measures, in one sentence.
        run: measures it.
    """

    name: str
    text: str
    run: Callable[[Context], Coroutine[None, None, Findings]]


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Sample by sample, of two things that were measured side by side."""
    return [one / other for one, other in zip(above, below, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not below that share of all; nan of none.

    >>> percentile([4, 1, 3, 2], 0.5), percentile([4, 1, 3, 2], 0.99)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan
