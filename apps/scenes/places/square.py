"""A square between houses, full of people: trees, benches, a kiosk, and no traffic."""

from __future__ import annotations

import numpy as np

from apps.scenes.places.building import floor, houses
from apps.scenes.world.place import Lane, Mount, Node, Patch, Place, Prop

__all__ = ["square"]

_EAST, _NORTH = 19.0, 14.0


def square(seed: int) -> Place:
    """A square of 38 by 28 metres."""
    gates = (
        Node(-24, -9, 1.5, "gate"), Node(-24, 9, 1.5, "gate"), Node(24, -9, 1.5, "gate"),
        Node(24, 9, 1.5, "gate"), Node(0, 19, 1.5, "gate"), Node(0, -19, 1.5, "gate"),
    )  # fmt: skip
    ways = (
        Node(-12, -8, 2.2), Node(-12, 8, 2.2), Node(12, -8, 2.2), Node(12, 8, 2.2),
        Node(0, 10, 2.2), Node(0, -10, 2.2), Node(-5.5, 0, 2.0), Node(6.5, 0, 2.0),
    )  # fmt: skip
    stays = (Node(-1, 4.5, 1.8, "stay"), Node(-8, -4, 1.5, "stay"), Node(7, -5.5, 1.5, "stay"),
             Node(9, 4, 1.5, "stay"))  # fmt: skip
    links = (
        (0, 6), (1, 7), (2, 8), (3, 9), (4, 10), (5, 11),
        (6, 11), (11, 8), (7, 10), (10, 9), (6, 7), (8, 9), (6, 12), (7, 12), (8, 13), (9, 13),
        (10, 12), (10, 13), (11, 12), (11, 13),
        (10, 14), (12, 14), (6, 15), (12, 15), (8, 16), (13, 16), (9, 17), (13, 17),
    )  # fmt: skip
    return Place(
        nodes=(*gates, *ways, *stays),
        links=links,
        lanes=(
            Lane(((-60.0, -12.2), (60.0, -12.2)), bikes=True),
            Lane(((60.0, 12.2), (-60.0, 12.2)), bikes=True),
        ),
        mounts=(
            Mount((-15.5, -12.6, 5.6), (0.5, 0.5, 0.6), 66),
            Mount((15.5, 12.6, 5.6), (-0.5, -0.5, 0.6), 66),
            Mount((1.0, -13.4, 7.5), (0.5, 1.2, 0.3), 84),
        ),
        patches=tuple(_patches(np.random.default_rng([seed, 3]))),
        props=_props(),
    )


def _patches(rng: np.random.Generator) -> list[Patch]:
    patches = [floor(-90, -90, 90, 90, (150, 156, 160), "slabs")]
    patches.append(floor(-16, -11, 16, 11, (136, 148, 160), "tiles"))
    band = (112, 116, 122)
    patches += [floor(low, -11, low + 0.4, 11, band) for low in (-16.0, 0.0, 15.6)]
    patches += [floor(-16, low, 16, low + 0.4, band) for low in (-11.0, -0.2, 10.6)]
    for x, y in ((-9.5, 3.2), (3.0, -3.5), (13.5, 2.0)):
        patches.append(floor(x - 1.1, y - 1.1, x + 1.1, y + 1.1, (84, 110, 92), "grass"))
    patches += houses((90, 30), (-90, 30), rng, night=False)
    patches += houses((-90, -30), (90, -30), rng, night=False)
    patches += houses((-60, 90), (-60, -90), rng, night=False)
    patches += houses((60, -90), (60, 90), rng, night=False)
    north, south = _NORTH + 2, -_NORTH - 2
    patches += houses((60, north), (5, north), rng, night=False)
    patches += houses((-5, north), (-60, north), rng, night=False)
    patches += houses((5, south), (60, south), rng, night=False)
    patches += houses((-60, south), (-5, south), rng, night=False)
    return patches


def _props() -> tuple[Prop, ...]:
    trees = [Prop("tree", x, y, look=number)
             for number, (x, y) in enumerate(((-9.5, 3.2), (3.0, -3.5), (13.5, 2.0)))]  # fmt: skip
    benches = [Prop("bench", -9.5, 1.4, -1.571), Prop("bench", 3.0, -5.2, -1.571),
               Prop("bench", 13.5, 0.3, -1.571)]  # fmt: skip
    lamps = [Prop("lamp", x, y, turn) for x, y, turn in
             ((-16.5, 4.0, 0.0), (0.5, 12.6, -1.571), (16.5, -4.0, 3.1416))]  # fmt: skip
    stalls = [Prop("stall", 1.5, 7.4, -1.571, look=1), Prop("stall", -4.0, -6.4, 1.571, look=2)]
    return (*trees, *benches, *lamps, *stalls, Prop("bin", -10.5, 5.2), Prop("bin", 4.2, -2.0))
