"""A bicycle with its rider, as one solid shape."""

from __future__ import annotations

import math
from itertools import pairwise

from apps.streams.scenes.figure import figure
from apps.streams.scenes.looks import PersonLook
from apps.streams.scenes.mesh import Colour, Mesh, Point, box, joined, tube
from apps.streams.scenes.pose import riding

__all__ = ["bicycle"]

_RUBBER: Colour = (38.0, 36.0, 36.0)
_STEEL: Colour = (150.0, 150.0, 150.0)
_REAR, _FRONT, _RADIUS = -0.5, 0.55, 0.34


def bicycle(rider: PersonLook, paint: Colour, phase: float) -> Mesh:
    """A bicycle and who rides it: x forward from its middle, y left, z up, metres.

    Args:
        rider: appearance of the rider.
        paint: colour of the frame.
        phase: 0..1 through a turn of the cranks.
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
    parts = [tube([start, end], (0.02, 0.02), paint, sides=5) for start, end in frame]
    parts += [_wheel(_REAR), _wheel(_FRONT)]
    parts += [
        tube([(0.42, -0.27, 1.05), (0.42, 0.27, 1.05)], (0.017, 0.017), _RUBBER, sides=5),
        box((-0.19, 0.0, 0.94), (0.25, 0.14, 0.06), _RUBBER, round_off=0.3),
    ]
    body = figure(rider, riding(rider, phase)).ridden()
    return joined([*parts, body])


def _wheel(x: float) -> Mesh:
    """A tyre of short pipes, and a few spokes."""
    count = 18
    rim: list[Point] = [
        (x + _RADIUS * math.cos(turn), 0.0, _RADIUS + _RADIUS * math.sin(turn))
        for turn in (2 * math.pi * i / count for i in range(count + 1))
    ]
    tyre = [tube([a, b], (0.022, 0.022), _RUBBER, sides=4, caps=False) for a, b in pairwise(rim)]
    spokes = [
        tube([rim[i], rim[i + count // 2]], (0.005, 0.005), _STEEL, sides=3, caps=False)
        for i in range(0, count // 2, 3)
    ]
    return joined([*tyre, *spokes])
