"""The figure of `docs/scaling.md`: pods over time under three loads, for five policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.plotting.svg import subplots, svg_of
from tools.scaling_lab.load import Load, pulse, step, wave
from tools.scaling_lab.manifest import others, shipped
from tools.scaling_lab.oracle import consult
from tools.scaling_lab.simulation import Cluster, Run, simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["draw"]

_GRAIN = 15  # seconds between two points of the grey area; bursts begin and end on such a point
#: Colour, line width and line style by policy; the last is drawn on top.
_STYLES = {
    "queue": ("#009e73", 1.2, "-"),
    "drops": ("#d55e00", 1.2, "-"),
    "old-ratio": ("#e69f00", 1.2, "-"),
    "oracle": ("#000000", 1.0, "--"),
    "ours": ("#0072b2", 2.2, "-"),
}
_TITLES = {
    "step": "20, then 120, then 20 frames/s",
    "pulse": "100 frames/s for 15 s of every minute, else 20",
    "wave": "10 to 200 frames/s and back, every ten minutes",
}


def draw() -> str:
    """The whole figure as SVG."""
    cluster = Cluster()
    loads = [step(20, 120), pulse(20, 100), wave(10, 200)]
    picture, all_axes = subplots(9, 8, rows=len(loads))
    for load, axes in zip(loads, all_axes, strict=True):
        _panel(axes, load, cluster)
    handles, labels = all_axes[0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    all_axes[-1].set_xlabel("minutes")
    return svg_of(picture)


def _runs(load: Load, cluster: Cluster) -> dict[str, Run]:
    ours = shipped()
    runs = {scaling.name: simulate(load, scaling, cluster) for scaling in (*others(), ours)}
    runs["oracle"] = consult(load, ours.policy, cluster)
    return {name: runs[name] for name in _STYLES}


def _panel(axes: Axes, load: Load, cluster: Cluster) -> None:
    runs = _runs(load, cluster)
    work = [fps / cluster.capacity for fps in load.fps[::_GRAIN]]
    axes.fill_between(
        [at * _GRAIN / 60 for at in range(len(work))], work,
        step="post", color="#dddddd", linewidth=0, label="offered work (busy pods)",
    )  # fmt: skip
    for name, run in runs.items():
        colour, width, style = _STYLES[name]
        minutes, pods = _changes(run.replicas)
        axes.step(
            minutes, pods, where="post", color=colour, linewidth=width, linestyle=style, label=name
        )
    lost = ", ".join(f"{name} {run.lost_share:.1%}" for name, run in reversed(runs.items()))
    axes.set_title(f"{_TITLES[load.name]}; lost: {lost}", loc="left", fontsize=9)
    axes.set_ylabel("pods")
    axes.set_xlim(0, len(load.fps) / 60)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#eeeeee")


def _changes(values: Sequence[int]) -> tuple[list[float], list[int]]:
    """Minutes at which the value changes, with the new values; and the end."""
    at = [
        second for second, value in enumerate(values) if not second or value != values[second - 1]
    ]
    pods = [values[second] for second in at]
    return [*(second / 60 for second in at), len(values) / 60], [*pods, values[-1]]
