"""Shapes of fixed objects: lamp posts, trees, benches, bins, traffic lights, shelves, stalls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from apps.scenes.arrays import Colour, Point
from apps.scenes.drawing.lights import GREEN_HEIGHT, RED_HEIGHT
from apps.scenes.shapes.mesh import Mesh, ball, box, joined, tube
from apps.scenes.world.place import Prop

__all__ = ["PROPS", "prop_mesh"]

_IRON: Colour = (66.0, 64.0, 60.0)
_WOOD: Colour = (62.0, 92.0, 126.0)


def prop_mesh(prop: Prop) -> Mesh:
    """The shape of an object; origin on the ground, x in the direction of `prop.turn`."""
    return PROPS[prop.kind](prop.look)


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
    bark: Colour = (54.0, 74.0, 92.0)
    path: list[Point] = [(0, 0, 0), (0.05, 0, 1.6), (0, 0.05, tall * 0.6)]
    return joined([tube(path, (0.15, 0.11, 0.06), bark, sides=8), _leaves(tall, rng)])


def _leaves(tall: float, rng: np.random.Generator) -> Mesh:
    """A crown of many small faces, lighter towards the top and the outside."""
    count = 3200
    clump = rng.normal(0, 1, (26, 3)) * (0.62, 0.62, 0.11 * tall) + (0, 0, 0.73 * tall)
    middle = clump[rng.integers(len(clump), size=count)] + rng.normal(0, 0.2, (count, 3))
    first = rng.normal(0, 0.075, (count, 3))
    second = rng.normal(0, 0.075, (count, 3))
    corners = np.stack([middle + first, middle + second, middle - first, middle - second], axis=1)
    far = np.linalg.norm((middle - (0, 0, 0.72 * tall)) / (1.2, 1.2, 0.3 * tall), axis=1)
    light = (0.55 + 0.45 * np.clip(far, 0, 1)) * rng.uniform(0.75, 1.2, count)
    colours = np.array([44.0, 112.0, 86.0]) * light[:, None]
    # Both sides of a leaf are visible.
    faces = np.arange(count * 4).reshape(count, 4)
    return Mesh(
        corners.reshape(-1, 3),
        np.concatenate([faces, faces[:, ::-1]]),
        np.concatenate([colours, colours]),
        np.zeros(2 * count),
        np.zeros(2 * count, bool),
        np.zeros(2 * count),
    )


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
    # Dark lamps; `lights.py` draws the lit ones.
    lamps: list[tuple[float, Colour]] = [
        (RED_HEIGHT, (36, 36, 84)), (2.7, (30, 62, 70)), (GREEN_HEIGHT, (42, 62, 32)),
    ]  # fmt: skip
    post = tube([(0, 0, 0), (0, 0, 3.2)], (0.06, 0.06), _IRON, sides=8)
    case = box((0.1, 0, 2.7), (0.2, 0.26, 0.85), (40, 40, 38))
    return joined(
        [post, case, *(ball((0.2, 0, z), (0.05, 0.09, 0.09), c, sides=8, rows=5) for z, c in lamps)]
    )


def _shelf(look: int) -> Mesh:
    """One metre of shelf with goods on both sides."""
    rng = np.random.default_rng(look)
    back = box((0, 0, 0.8), (1.0, 0.08, 1.6), (188, 190, 192))
    foot = box((0, 0, 0.08), (1.0, 0.8, 0.16), (150, 152, 154))
    parts = [foot, back]
    for level in (0.2, 0.66, 1.12):
        parts.append(box((0, 0, level), (1.0, 0.72, 0.04), (196, 198, 200)))
        for side in (1, -1):
            parts += _goods(level + 0.02, side, rng)
    return joined(parts)


def _goods(level: float, side: int, rng: np.random.Generator) -> list[Mesh]:
    goods, at = [], -0.48
    while at < 0.4:
        wide, high = float(rng.uniform(0.12, 0.26)), float(rng.uniform(0.2, 0.38))
        blue, green, red = rng.uniform(40, 220, 3).tolist()
        centre: Point = (at + wide / 2, side * 0.2, level + high / 2)
        goods.append(box(centre, (wide * 0.92, 0.28, high), (blue, green, red)))
        at += wide
    return goods


def _counter(look: int) -> Mesh:
    del look
    top = box((0, 0, 0.98), (0.7, 1.02, 0.05), (120, 128, 132))
    return joined([box((0, 0, 0.48), (0.6, 1.0, 0.96), (92, 120, 148)), top])


def _stall(look: int) -> Mesh:
    rng = np.random.default_rng(look)
    blue, green, red = rng.uniform(60, 200, 3).tolist()
    posts = [
        tube([(x, y, 0), (x, y, 2.2)], (0.03, 0.03), _IRON, sides=6)
        for x in (-0.7, 0.7)
        for y in (-1.1, 1.1)
    ]
    table = box((0.1, 0, 0.85), (1.1, 2.2, 0.08), _WOOD)
    skirt = box((0.1, 0, 0.42), (1.0, 2.1, 0.78), (blue * 0.7, green * 0.7, red * 0.7))
    canvas: list[Colour] = [(blue, green, red), (214, 216, 216)]
    roof = [box((0, 0.4 * i - 1.2, 2.3), (1.9, 0.4, 0.1), canvas[i % 2]) for i in range(7)]
    places = ((-0.3, -0.8), (0.2, -0.5), (-0.2, 0.0), (0.3, 0.4), (-0.1, 0.8))
    goods = [
        ball((0.1 + x, y, 0.98), (0.12, 0.12, 0.1), (60, 120, 200 - 25 * i), sides=7, rows=4)
        for i, (x, y) in enumerate(places)
    ]
    return joined([*posts, skirt, table, *goods, *roof])


PROPS: Mapping[str, Callable[[int], Mesh]] = {
    "bench": _bench,
    "bin": _bin,
    "counter": _counter,
    "lamp": _lamp,
    "shelf": _shelf,
    "signal": _signal,
    "stall": _stall,
    "tree": _tree,
}
