"""Pictures of a report as SVG: how far each figure is from its target, and curves.

Plain text made by plain code, so that the same numbers always give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from tools.bench.measurement import Curve, Figure
from tools.bench.report import number

__all__ = ["draw_curve", "draw_targets"]

_FONT = 'font-family="sans-serif" font-size="13" role="img"'
#: Colours that remain apart for colour-blind eyes and in print.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9", "#000000")
_GOOD, _BAD = "#009e73", "#d55e00"

_WIDTH, _ROW, _NAMES = 900, 24, 380
_CURVE_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 420, 64, 24, 70, 48


def draw_targets(title: str, figures: Sequence[Figure]) -> str:
    """Every figure that has a target, as a multiple of it: left of the line is better."""
    aimed = [figure for figure in figures if figure.target is not None]
    height = 70 + _ROW * len(aimed)
    lines = [*_open(title, height), *_target_line(height)]
    for place, figure in enumerate(aimed):
        lines += _bar(figure, 56 + _ROW * place)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _excess(figure: Figure, value: float) -> float:
    """Value over target, so that more than 1 misses it whichever way the target points."""
    assert figure.target is not None  # noqa: S101 - only such figures are drawn
    goal = figure.target.value
    return value / goal if figure.target.at_most else goal / max(value, 1e-9)


def _across(excess: float) -> float:
    return _NAMES + (_WIDTH - _NAMES - 110) * min(excess, 2.0) / 2.0


def _target_line(height: int) -> Iterator[str]:
    x = _across(1.0)
    yield _path([(x, 44), (x, height - 10)], "#555555", 1.0)
    yield f'<text x="{x:g}" y="40" text-anchor="middle">target</text>'


def _bar(figure: Figure, y: float) -> Iterator[str]:
    colour = _GOOD if figure.reached else _BAD
    spread = [_across(_excess(figure, value)) for value in figure.samples]
    end = _across(_excess(figure, figure.median))
    yield f'<text x="{_NAMES - 8}" y="{y + 13}" text-anchor="end">{escape(figure.name)}</text>'
    yield (
        f'<rect x="{_NAMES}" y="{y:g}" width="{end - _NAMES:.1f}" height="16" fill="{colour}"'
        ' fill-opacity="0.75"/>'
    )
    yield _path([(min(spread), y + 8), (max(spread), y + 8)], "#000000", 1.5)
    text = f"{number(figure.median)} {figure.unit} ({figure.target})"
    yield f'<text x="{_WIDTH - 8}" y="{y + 13}" text-anchor="end">{escape(text)}</text>'


def draw_curve(curve: Curve) -> str:
    """One picture of lines."""
    lines = [*_open(curve.title, _CURVE_HEIGHT), *_axes(curve)]
    for place, (name, points) in enumerate(curve.series.items()):
        colour = _COLOURS[place % len(_COLOURS)]
        seen = [(_x(curve, x), _y(curve, y)) for x, y in points]
        lines.append(_path(seen, colour, 2.4))
        lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in seen]
        left = _LEFT + place * 150
        lines.append(_path([(left, 46), (left + 24, 46)], colour, 2.4))
        lines.append(f'<text x="{left + 30}" y="50">{escape(name)}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _largest(curve: Curve, axis: int) -> float:
    return max((point[axis] for line in curve.series.values() for point in line), default=0) or 1.0


def _x(curve: Curve, value: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * value / _largest(curve, 0)


def _y(curve: Curve, value: float) -> float:
    inner = _CURVE_HEIGHT - _TOP - _BOTTOM
    return _TOP + inner * (1 - value / (_step(_largest(curve, 1)) * 5))


def _step(largest: float) -> float:
    """A round number, five of which reach the largest value."""
    raw = largest / 5
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.9999)


def _axes(curve: Curve) -> Iterator[str]:
    for tick in range(6):
        value = _step(_largest(curve, 1)) * tick
        y = _y(curve, value)
        yield _path([(_LEFT, y), (_WIDTH - _RIGHT, y)], "#dddddd", 1.0)
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{number(value)}</text>'
    for value in sorted({x for line in curve.series.values() for x, _ in line}):
        x, y = _x(curve, value), _CURVE_HEIGHT - _BOTTOM + 18
        yield f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{number(value)}</text>'
    foot = _CURVE_HEIGHT - 10
    yield f'<text x="{_WIDTH / 2:g}" y="{foot}" text-anchor="middle">{escape(curve.x)}</text>'
    yield f'<text x="{_LEFT}" y="{_TOP - 8}" fill="#555555">{escape(curve.y)}</text>'


def _open(title: str, height: int) -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" {_FONT}>'
    yield f"<title>{escape(title)}</title>"
    yield f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
    yield f'<text x="12" y="22" font-weight="bold">{escape(title)}</text>'


def _path(points: Sequence[tuple[float, float]], colour: str, width: float) -> str:
    shape = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="{shape}" fill="none" stroke="{colour}" stroke-width="{width:g}"/>'
