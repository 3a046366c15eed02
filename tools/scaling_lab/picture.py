"""The picture of `docs/scaling.md`: what each policy makes of the same load, drawn as SVG.

Plain text made by plain code, so that the same runs always give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tools.scaling_lab.load import Load, pulse, step, wave
from tools.scaling_lab.manifest import others, shipped
from tools.scaling_lab.oracle import consult
from tools.scaling_lab.simulation import Cluster, Run, simulate

__all__ = ["draw"]

_WIDTH, _PANEL, _GAP = 900, 190, 46
_LEFT, _RIGHT, _TOP = 44, 28, 74
_GRAIN = 15  # seconds of the grey area; bursts begin and end on it
_FONT = 'font-family="sans-serif" font-size="13" role="img"'
#: Colours that remain apart for colour-blind eyes and in print; (colour, width, dashes).
_STYLES = {
    "ours": ("#0072b2", 3.0, ""),
    "oracle": ("#000000", 1.4, "5 4"),
    "old-ratio": ("#e69f00", 1.6, ""),
    "drops": ("#d55e00", 1.6, ""),
    "queue": ("#009e73", 1.6, ""),
}
_TITLES = {
    "step": "20, then 120, then 20 frames/s",
    "pulse": "100 frames/s for 15 s of every minute, else 20",
    "wave": "10 to 200 frames/s and back, every ten minutes",
}


@dataclass(frozen=True, slots=True)
class _Scale:
    seconds: int
    pods: int
    top: float

    def x(self, second: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * second / self.seconds

    def y(self, pods: float) -> float:
        return self.top + _PANEL * (1 - pods / self.pods)


def draw() -> str:
    """The whole picture."""
    cluster = Cluster()
    loads = [step(20, 120), pulse(20, 100), wave(10, 200)]
    height = _TOP + len(loads) * (_PANEL + _GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" {_FONT}>',
        "<title>Pods over an hour: ours, the oracle, and three other policies</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        *_legend(),
    ]
    for number, load in enumerate(loads):
        lines += _panel(load, cluster, _TOP + number * (_PANEL + _GAP))
    return "\n".join([*lines, "</svg>"]) + "\n"


def _runs(load: Load, cluster: Cluster) -> dict[str, Run]:
    ours = shipped()
    runs = {scaling.name: simulate(load, scaling, cluster) for scaling in (*others(), ours)}
    runs["oracle"] = consult(load, ours.policy, cluster)
    return {name: runs[name] for name in reversed(_STYLES)}  # ours on top


def _legend() -> Iterator[str]:
    yield f'<text x="{_LEFT}" y="20" font-weight="bold">Pods; grey: fully busy pods offered</text>'
    for number, (name, (colour, width, dashes)) in enumerate(_STYLES.items()):
        x = _LEFT + number * 130
        yield _line([(x, 38), (x + 28, 38)], colour, width, dashes)
        yield f'<text x="{x + 36}" y="42">{escape(name)}</text>'


def _panel(load: Load, cluster: Cluster, top: float) -> Iterator[str]:
    runs = _runs(load, cluster)
    peak = max(run.peak for run in runs.values())
    scale = _Scale(len(load.fps), peak + 1, top)
    lost = ", ".join(f"{name} {runs[name].lost_share:.1%}" for name in _STYLES)
    yield (
        f'<text x="{_LEFT}" y="{top - 6:g}">{escape(_TITLES[load.name])}'
        f'<tspan fill="#555555">; lost: {escape(lost)}</tspan></text>'
    )
    yield from _axes(scale)
    work = [fps / cluster.capacity for fps in load.fps[::_GRAIN]]
    coarse = _Scale(len(work), scale.pods, top)
    outline = [(scale.x(0), scale.y(0)), *_corners(work, coarse)]
    outline.append((scale.x(scale.seconds), scale.y(0)))
    yield f'<path d="{_path(outline)}Z" fill="#dddddd"/>'
    for name, run in runs.items():
        yield _line(_corners(run.replicas, scale), *_STYLES[name])


def _axes(scale: _Scale) -> Iterator[str]:
    for pods in range(0, scale.pods + 1, 5 if scale.pods > 10 else 2):
        y = scale.y(pods)
        yield _line([(scale.x(0), y), (scale.x(scale.seconds), y)], "#eeeeee", 1.0, "")
        yield f'<text x="{_LEFT - 8}" y="{y + 4:g}" text-anchor="end">{pods}</text>'
    for minute in range(0, scale.seconds // 60 + 1, 10):
        x, y = scale.x(minute * 60), scale.y(0) + 17
        yield f'<text x="{x:g}" y="{y:g}" text-anchor="middle">{minute} min</text>'


def _corners(values: Sequence[float], scale: _Scale) -> list[tuple[float, float]]:
    """A staircase: two points wherever the value changes."""
    points: list[tuple[float, float]] = []
    for second, value in enumerate(values):
        if second == 0 or value != values[second - 1]:
            if points:
                points.append((scale.x(second), points[-1][1]))
            points.append((scale.x(second), scale.y(value)))
    points.append((scale.x(len(values)), points[-1][1]))
    return points


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _line(points: Sequence[tuple[float, float]], colour: str, width: float, dashes: str) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<path d="{_path(points)}" fill="none" stroke="{colour}" stroke-width="{width:g}"'
        f'{dashed} stroke-linejoin="round"/>'
    )
