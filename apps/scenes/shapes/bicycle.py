"""A bicycle and its rider as one solid shape."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from apps.scenes.arrays import Colour, Point
from apps.scenes.shapes.detail import Detail
from apps.scenes.shapes.figure import figure
from apps.scenes.shapes.looks import PersonLook
from apps.scenes.shapes.mesh import Mesh, box, joined, loft, tube
from apps.scenes.shapes.pose import riding

__all__ = ["bicycle"]

_RUBBER: Colour = (38.0, 36.0, 36.0)
_STEEL: Colour = (150.0, 150.0, 150.0)
_REAR, _FRONT, _RADIUS = -0.5, 0.55, 0.34


def bicycle(rider: PersonLook, paint: Colour, phase: float, detail: Detail = Detail.CLOSE) -> Mesh:
    """The shape of a bicycle and its rider: x forward from its middle, y left, z up, metres.

    Args:
        rider: appearance of the rider.
        paint: colour of the frame.
        phase: 0..1 through a turn of the cranks.
        detail: level of detail.
    """
    crank: Point = (0.1, 0.0, 0.36)
    saddle: Point = (-0.17, 0.0, 0.92)
    head: Point = (0.40, 0.0, 0.86)
    bars: Point = (0.40, 0.0, 1.04)
    rear, front = (_REAR, 0.0, _RADIUS), (_FRONT, 0.0, _RADIUS)
    frame = [
        (crank, saddle), (crank, head), (saddle, head),
        (rear, crank), (rear, saddle), (front, bars),
    ]  # fmt: skip
    parts = [tube([start, end], (0.024, 0.024), paint, sides=5) for start, end in frame]
    parts += [_wheel(_REAR, detail), _wheel(_FRONT, detail)]
    parts += [
        tube([(0.42, -0.27, 1.05), (0.42, 0.27, 1.05)], (0.017, 0.017), _RUBBER, sides=5),
        box((-0.19, 0.0, 0.94), (0.25, 0.14, 0.06), _RUBBER, round_off=0.3),
    ]
    dressed = replace(
        rider,
        bag="backpack" if rider.bag == "backpack" else "none",
        legwear="shorts" if rider.legwear == "shorts" else "trousers",
    )
    body = figure(dressed, riding(dressed, phase), detail).ridden()
    return joined([*parts, body])


def _wheel(x: float, detail: Detail) -> Mesh:
    """A wheel: a tyre and a few spokes."""
    count = 18 if detail is Detail.CLOSE else 12
    turns = np.linspace(0, -2 * math.pi, count + 1)
    around = np.array([0.0, 0.5, 1.0, 1.5]) * math.pi
    radii = _RADIUS + 0.026 * np.cos(around)[None, :]
    rings = np.stack(
        [
            x + radii * np.cos(turns)[:, None],
            np.repeat(0.026 * np.sin(around)[None, :], count + 1, axis=0),
            _RADIUS + radii * np.sin(turns)[:, None],
        ],
        axis=-1,
    )
    tyre = loft(rings, _RUBBER, caps=False)
    if detail is not Detail.CLOSE:
        return tyre
    rims: list[tuple[Point, Point]] = []
    for turn in (0.3, 1.35, 2.4):
        across, up = _RADIUS * math.cos(turn), _RADIUS * math.sin(turn)
        rims.append(((x + across, 0.0, _RADIUS + up), (x - across, 0.0, _RADIUS - up)))
    spokes = [tube(ends, (0.005, 0.005), _STEEL, sides=3, caps=False) for ends in rims]
    return joined([tyre, *spokes])
