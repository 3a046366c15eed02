"""SVG figures that are the same bytes for the same numbers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from apps.runtime.errors import SettingsError

try:
    from matplotlib import rc_context
    from matplotlib.figure import Figure
except ModuleNotFoundError as missing:
    raise SettingsError(
        f"{missing.name} is not installed: run `pip install matplotlib`, or use the script"
    ) from missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["COLOURS", "subplots", "svg_of"]

#: Okabe-Ito palette: distinguishable with colour-blindness and in print.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9", "#000000")

_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "elastic-inference",  # else the ids in the file are random
    "svg.fonttype": "none",  # text stays text
    "font.family": "sans-serif",
    "font.size": 10,
}


def subplots(width: float, height: float, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure with one column of axes.

    Args:
        width: inches.
        height: inches.
        rows: number of axes.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, squeeze=False)
    return figure, [row[0] for row in axes]


def svg_of(figure: Figure) -> str:
    """The figure as SVG text, without a date."""
    target = io.StringIO()
    with rc_context(_STYLE):
        figure.savefig(target, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()) + "\n"
