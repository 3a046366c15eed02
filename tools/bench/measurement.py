"""Measurements and their results: figures with samples, and curves."""

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
    """Target of a figure: an upper or a lower limit."""

    value: float
    at_most: bool = True

    @classmethod
    def at_least(cls, value: float) -> Target:
        """A lower limit."""
        return cls(value, at_most=False)

    def reached(self, value: float) -> bool:
        """Whether a value meets the target."""
        return value <= self.value if self.at_most else value >= self.value

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the table.

    Attributes:
        name: name, such as `F INT8 1280x720`.
        samples: one per round, in order; at least one.
        unit: unit of the samples; empty for a ratio.
        target: target of the median, if any.
        note: additional remark.
    """

    name: str
    samples: Sequence[float]
    unit: str = ""
    target: Target | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """Median of the samples."""
        return statistics.median(self.samples)

    @property
    def reached(self) -> bool | None:
        """Whether the median reaches the target; None without a target."""
        return None if self.target is None else self.target.reached(self.median)


@dataclass(frozen=True, slots=True)
class Curve:
    """A line plot with several series.

    Attributes:
        title: title of the plot.
        x: label of the x axis, with unit.
        y: label of the y axis, with unit.
        series: points (x, y) by name, x ascending.
    """

    title: str
    x: str
    y: str
    series: Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Findings:
    """Results of one measurement."""

    figures: Sequence[Figure] = field(default_factory=tuple)
    curves: Sequence[Curve] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement.

    Attributes:
        name: one word, used to select it.
        text: description in one sentence.
        run: function that performs it.
    """

    name: str
    text: str
    run: Callable[[Context], Coroutine[None, None, Findings]]


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Ratios of two series of samples that were measured side by side."""
    return [one / other for one, other in zip(above, below, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not below the given share of all values; nan if empty.

    >>> percentile([4, 1, 3, 2], 0.5), percentile([4, 1, 3, 2], 0.99)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan
