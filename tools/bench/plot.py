"""SVG figures of a report: each result relative to its target, and curves."""

from __future__ import annotations

from collections.abc import Sequence

from tools.bench.measurement import Curve, Figure
from tools.bench.report import number
from tools.plotting.svg import COLOURS, subplots, svg_of

__all__ = ["draw_curve", "draw_targets"]

_REACHED, _MISSED = "#009e73", "#d55e00"
#: Bars end here; a figure beyond it misses its target by a factor of two or more.
_LARGEST_EXCESS = 2.0


def draw_targets(title: str, figures: Sequence[Figure]) -> str:
    """Every figure that has a target, as a multiple of the target; below 1 is better."""
    aimed = [figure for figure in figures if figure.target is not None]
    picture, (axes,) = subplots(9, 1 + 0.3 * len(aimed))
    for row, figure in enumerate(aimed):
        excess = [min(_excess(figure, value), _LARGEST_EXCESS) for value in figure.samples]
        axes.barh(
            row, min(_excess(figure, figure.median), _LARGEST_EXCESS),
            color=_REACHED if figure.reached else _MISSED, alpha=0.75,
        )  # fmt: skip
        axes.plot([min(excess), max(excess)], [row, row], color="black")
    axes.axvline(1.0, color="#555555", linewidth=1)
    axes.set_yticks(range(len(aimed)), [_literal(_label(figure)) for figure in aimed])
    axes.invert_yaxis()
    axes.set_xlim(0, _LARGEST_EXCESS)
    axes.set_xlabel("multiple of the target")
    axes.set_title(_literal(title))
    return svg_of(picture)


def _label(figure: Figure) -> str:
    return f"{figure.name}: {number(figure.median)} {figure.unit} ({figure.target})"


def _excess(figure: Figure, value: float) -> float:
    """Value over target, inverted for lower limits, so that more than 1 misses the target."""
    assert figure.target is not None  # noqa: S101 - only such figures are drawn
    goal = figure.target.value
    return value / goal if figure.target.at_most else goal / max(value, 1e-9)


def draw_curve(curve: Curve) -> str:
    """One figure with a line per series."""
    picture, (axes,) = subplots(9, 4.2)
    for place, (name, points) in enumerate(curve.series.items()):
        axes.plot(
            [x for x, _ in points], [y for _, y in points],
            marker="o", color=COLOURS[place % len(COLOURS)], label=_literal(name),
        )  # fmt: skip
    axes.set_xlabel(_literal(curve.x))
    axes.set_ylabel(_literal(curve.y))
    axes.set_title(_literal(curve.title))
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#dddddd")
    axes.legend()
    return svg_of(picture)


def _literal(text: str) -> str:
    """The text with its dollar signs escaped: matplotlib reads them as formulas."""
    return text.replace("$", r"\$")
