"""A shop from inside: shelves, a counter, and customers who look around."""

from __future__ import annotations

import numpy as np

from apps.scenes.places.building import arcade, floor, pictures
from apps.scenes.world.place import Mount, Node, Patch, Place, Prop, Weather

__all__ = ["shop"]

_EAST, _NORTH, _HIGH = 16.0, 11.0, 3.5


def shop(seed: int) -> Place:
    """A sales room of 16 by 11 metres with a door in the west."""
    nodes = (
        Node(-0.6, 5.4, 0.3, "gate"), Node(2.2, 5.4, 0.7),
        Node(2.4, 1.5, 0.5), Node(2.4, 9.4, 0.5),
        Node(13.4, 1.5, 0.5), Node(13.4, 5.4, 0.6), Node(13.4, 9.4, 0.5),
        Node(5.5, 1.7, 0.4, "stay"), Node(9.5, 1.7, 0.4, "stay"),
        Node(5.0, 5.4, 0.7, "stay"), Node(8.0, 5.4, 0.7, "stay"), Node(11.0, 5.4, 0.7, "stay"),
        Node(5.5, 9.1, 0.4, "stay"), Node(9.5, 9.1, 0.4, "stay"), Node(14.4, 3.6, 0.3, "stay"),
    )  # fmt: skip
    links = (
        (0, 1), (1, 2), (1, 3), (2, 7), (7, 8), (8, 4), (4, 5), (5, 6), (6, 13), (13, 12), (12, 3),
        (1, 9), (9, 10), (10, 11), (11, 5), (4, 14), (5, 14),
    )  # fmt: skip
    return Place(
        nodes=nodes,
        links=links,
        mounts=(
            Mount((0.5, 0.5, 3.0), (8.0, 6.2, 0.7), 84),
            Mount((15.5, 10.5, 3.0), (7.6, 4.8, 0.7), 84),
            Mount((15.5, 0.5, 3.0), (7.6, 6.2, 0.7), 84),
        ),
        patches=tuple(_patches(np.random.default_rng([seed, 3]))),
        props=tuple(_props()),
        weather=Weather(
            sun=(0.15, 0.1, 1.0), direct=0.16, ambient=0.9, tint=(0.97, 1.0, 1.02), swing=0.01,
            noise=1.7,
        ),
        indoors=True,
        shake=0.0,
    )  # fmt: skip


def _patches(rng: np.random.Generator) -> list[Patch]:
    patches = [floor(0, 0, _EAST, _NORTH, (176, 184, 190), "tiles")]
    ceiling = [(0.0, 0.0), (0.0, _NORTH), (_EAST, _NORTH), (_EAST, 0.0)]
    patches.append(Patch(tuple((x, y, _HIGH) for x, y in ceiling), (196, 198, 198), "plaster"))
    for x in (3.0, 8.0, 13.0):
        for y in (2.6, 5.5, 8.4):
            lamp = [
                (x - 0.8, y - 0.16),
                (x - 0.8, y + 0.16),
                (x + 0.8, y + 0.16),
                (x + 0.8, y - 0.16),
            ]
            patches.append(Patch(tuple((a, b, _HIGH) for a, b in lamp), (250, 252, 252), "", 1.0))
    corners = [(0.0, _NORTH), (0.0, 0.0), (_EAST, 0.0), (_EAST, _NORTH)]
    shades = [(186, 196, 198), (172, 186, 194), (196, 190, 180), (178, 190, 200)]
    for number in range(4):
        start, end = corners[number], corners[(number + 1) % 4]
        patches.append(arcade(start, end, _HIGH, shades[number], "plaster"))
        patches += pictures(start, end, rng, door=number == 0)
    return patches


def _props() -> list[Prop]:
    rows = [Prop("shelf", 4.0 + step, y, look=step * 7 + int(y))
            for step in range(9) for y in (3.4, 7.3)]  # fmt: skip
    walls = [Prop("shelf", 4.0 + step, 10.6, look=step + 90) for step in range(9)]
    counter = [Prop("counter", 14.9, 2.4 + step) for step in range(3)]
    return [*rows, *walls, *counter, Prop("bin", 1.0, 7.0)]
