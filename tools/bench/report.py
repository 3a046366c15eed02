"""Report formats: a Markdown table and JSON."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from tools.bench.measurement import Figure, Findings, Measurement

__all__ = ["as_json", "table"]

_HEAD = ("figure", "median", "min … max", "target", "reached")


def table(measurement: Measurement, findings: Findings) -> str:
    """Table of one measurement's figures, ratios first."""
    ordered = sorted(findings.figures, key=lambda figure: bool(figure.unit))
    rows = [_HEAD, *map(_row, ordered)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    ruler = tuple("-" * width for width in widths)
    lines = [f"\n## {measurement.name}\n\n{measurement.text}\n"]
    lines += [_line(row, widths) for row in (rows[0], ruler, *rows[1:])]
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    unit = f" {figure.unit}" if figure.unit else ""
    least, most = number(min(figure.samples)), number(max(figure.samples))
    return (
        figure.name + (f" ({figure.note})" if figure.note else ""),
        number(figure.median) + unit,
        f"{least} … {most}" if len(figure.samples) > 1 else "",
        str(figure.target or ""),
        {True: "yes", False: "NO", None: ""}[figure.reached],
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return (
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
    )


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def as_json(found: Mapping[Measurement, Findings], about: Mapping[str, object]) -> dict[str, Any]:
    """The whole report; `about` describes the machine and the parameters."""
    return {
        **about,
        "measurements": {
            measurement.name: {
                "text": measurement.text,
                "figures": [_figure(figure) for figure in findings.figures],
                "curves": [
                    {"title": curve.title, "x": curve.x, "y": curve.y, "series": dict(curve.series)}
                    for curve in findings.curves
                ],
            }
            for measurement, findings in found.items()
        },
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "unit": figure.unit,
        "minimum": min(figure.samples),
        "median": statistics.median(figure.samples),
        "maximum": max(figure.samples),
        "samples": list(figure.samples),
        "target": str(figure.target) if figure.target else None,
        "reached": figure.reached,
        "note": figure.note,
    }
