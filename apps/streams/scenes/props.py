"""What stands around: lamp posts, trees, benches, bins, traffic lights, shelves, stalls."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from apps.streams.scenes.mesh import Colour, Mesh, Point, ball, box, joined, tube
from apps.streams.scenes.place import Prop

__all__ = ["PROPS", "prop_mesh"]

_IRON: Colour = (66.0, 64.0, 60.0)
_WOOD: Colour = (62.0, 92.0, 126.0)


def prop_mesh(prop: Prop) -> Mesh:
    """The shape of something, its origin where it stands, turned as it stands."""
    return PROPS[prop.kind](prop.look).turned(prop.turn)


def _lamp(look: int) -> Mesh:
    del look
    post = tube([(0, 0, 0), (0, 0, 5.4)], (0.075, 0.045), _IRON, sides=8)
    arm = tube([(0, 0, 5.3), (0.35, 0, 5.75), (1.2, 0, 5.85)], (0.04, 0.04, 0.04), _IRON, sides=6)
    head = box((1.35, 0, 5.82), (0.6, 0.2, 0.1), (120, 118, 112))
    glass = box((1.35, 0, 5.755), (0.5, 0.16, 0.05), (190, 236, 250))
    return joined(
        [tube([(0, 0, 0), (0, 0, 0.5)], (0.12, 0.11), _IRON, sides=8), post, arm, head, glass]
    )


def _tree(look: int) -> Mesh:
    rng = np.random.default_rng(look)
    tall = float(rng.uniform(5.0, 6.5))
    trunk = tube(
        [(0, 0, 0), (0.05, 0, 1.6), (0, 0.05, tall * 0.6)],
        (0.15, 0.11, 0.06),
        (54, 74, 92),
        sides=8,
    )
    parts = [trunk]
    for _ in range(16):
        turn, far = rng.uniform(0, 2 * math.pi), rng.uniform(0.2, 1.15)
        size = float(rng.uniform(0.55, 0.95))
        at: Point = (
            float(far * math.cos(turn)), float(far * math.sin(turn)),
            float(rng.uniform(0.48, 0.95) * tall),
        )  # fmt: skip
        green = np.array([46.0, 104.0, 82.0]) * rng.uniform(0.65, 1.2)
        shades = green * rng.uniform(0.72, 1.2, (6, 9, 1))
        leaves = ball(at, (size, size, size * 0.8), shades, sides=9, rows=6)
        rough = leaves.points + rng.normal(0, 0.07, leaves.points.shape)
        parts.append(replace(leaves, points=rough))
    return joined(parts)


def _bench(look: int) -> Mesh:
    del look
    seat = [box((dx, 0, 0.45), (0.11, 1.7, 0.04), _WOOD) for dx in (-0.12, 0.02, 0.16)]
    back = [box((-0.24, 0, z), (0.04, 1.7, 0.1), _WOOD) for z in (0.62, 0.78)]
    legs = [box((0, y, 0.22), (0.42, 0.06, 0.44), _IRON) for y in (-0.7, 0.7)]
    return joined([*legs, *seat, *back])


def _bin(look: int) -> Mesh:
    del look
    body = tube([(0, 0, 0.08), (0, 0, 0.85)], (0.24, 0.27), (60, 84, 62), sides=12)
    return joined([body, tube([(0, 0, 0.85), (0, 0, 0.95)], (0.29, 0.24), _IRON, sides=12)])


def _signal(look: int) -> Mesh:
    del look
    lamps: list[tuple[float, Colour]] = [
        (2.95, (40, 40, 190)), (2.7, (30, 70, 80)), (2.45, (50, 70, 30)),
    ]  # fmt: skip
    post = tube([(0, 0, 0), (0, 0, 3.2)], (0.06, 0.06), _IRON, sides=8)
    case = box((0.1, 0, 2.7), (0.2, 0.26, 0.85), (40, 40, 38))
    return joined(
        [post, case, *(ball((0.2, 0, z), (0.05, 0.09, 0.09), c, sides=8, rows=5) for z, c in lamps)]
    )


PROPS: Mapping[str, Callable[[int], Mesh]] = {
    "bench": _bench,
    "bin": _bin,
    "lamp": _lamp,
    "signal": _signal,
    "tree": _tree,
}
