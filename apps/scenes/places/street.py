"""A street with shops, two lanes and a crossing with lights, by day and by night."""

from __future__ import annotations

import numpy as np

from apps.scenes.places.building import floor, houses, stripes
from apps.scenes.world.place import Lane, Mount, Node, Patch, Place, Prop, SignalCycle, Weather

__all__ = ["street"]

#: Positions of the street lamps from west to east, and their directions.
_LAMPS = (
    *((x, 4.5, -1.571) for x in (-24.0, -8.0, 8.0, 24.0, 40.0)),
    *((x, -4.5, 1.571) for x in (-16.0, 0.0, 16.0, 32.0)),
)


def street(seed: int, *, night: bool = False) -> Place:
    """A street from west to east: two lanes, pavements, shops and a crossing with lights."""
    nodes = (
        Node(-34, -6, 1.1, "gate"), Node(-12, -6, 1.3), Node(5.5, -5.6, 1.0), Node(20, -6, 1.3),
        Node(48, -6, 1.1, "gate"),
        Node(-34, 6, 1.1, "gate"), Node(-10, 6, 1.3), Node(5.5, 5.6, 1.0), Node(20, 6, 1.3),
        Node(48, 6, 1.1, "gate"),
        Node(-4, 7.2, 0.5, "stay"), Node(13, -7.1, 0.6, "stay"), Node(-6, -7.2, 0.5, "stay"),
    )  # fmt: skip
    links = (
        (0, 1), (1, 2), (2, 3), (3, 4), (5, 6), (6, 7), (7, 8), (8, 9), (2, 7), (6, 10), (7, 10),
        (2, 11), (3, 11), (1, 12), (2, 12),
    )  # fmt: skip
    east, west = ((-75.0, -1.85), (110.0, -1.85)), ((110.0, 1.85), (-75.0, 1.85))
    lanes = (
        Lane(east, stop=75 + 2.0), Lane(west, stop=110 - 9.0),
        Lane(((-75.0, -3.5), (110.0, -3.5)), bikes=True, stop=75 + 2.5),
        Lane(((110.0, 3.5), (-75.0, 3.5)), bikes=True, stop=110 - 8.5),
    )  # fmt: skip
    weather = Weather()
    if night:
        weather = Weather(
            direct=0.0, ambient=0.62, tint=(0.86, 0.96, 1.04), swing=0.02, noise=4.0,
            lamps=tuple((x, y) for x, y, _ in _LAMPS),
        )  # fmt: skip
    return Place(
        nodes=nodes,
        links=links,
        crossings=frozenset({(2, 7)}),
        lanes=lanes,
        signal=SignalCycle((16.0, 9.0)),
        mounts=(
            Mount((-13.5, -7.6, 4.4), (4.0, 1.2, 0.6), 64),
            Mount((20.5, 7.6, 4.6), (2.0, -1.4, 0.6), 64),
            Mount((-1.5, -7.8, 6.4), (3.2, 1.6, 0.4), 80),
        ),
        patches=tuple(_street_patches(np.random.default_rng([seed, 3]), night=night)),
        props=_street_props(),
        weather=weather,
    )


def _street_patches(rng: np.random.Generator, *, night: bool) -> list[Patch]:
    west, east = -90.0, 150.0
    patches = [
        floor(west, -60, east, 60, (92, 118, 104), "grass"),
        floor(west, -8, east, -4.15, (150, 154, 156), "slabs"),
        floor(west, 4.15, east, 8, (150, 154, 156), "slabs"),
        floor(west, -4.15, east, -4, (118, 122, 124)),
        floor(west, 4, east, 4.15, (176, 180, 182)),
        floor(west, -4, east, 4, (96, 96, 98), "asphalt"),
        floor(west, -3.95, east, -3.75, (72, 72, 74)),
        floor(west, 3.75, east, 3.95, (72, 72, 74)),
    ]
    patches += [floor(x, -0.07, x + 3, 0.07, (200, 202, 202)) for x in np.arange(-80, 140, 6.0)
                if not 0 < x < 10]  # fmt: skip
    patches += stripes(4.0, -3.9, 7.2, 3.9, count=8, upright=False)
    patches += [floor(2.6, -3.9, 3.0, -0.1, (206, 208, 208)),
                floor(8.2, 0.1, 8.6, 3.9, (206, 208, 208))]  # fmt: skip
    patches += houses((west, 60), (west, -60), rng, night=night)
    patches += houses((east, -60), (east, 60), rng, night=night)
    patches += houses((east, 8), (west, 8), rng, night=night)
    patches += houses((west, -8), (east, -8), rng, night=night)
    return patches


def _street_props() -> tuple[Prop, ...]:
    lamps = [Prop("lamp", x, y, turn) for x, y, turn in _LAMPS]
    planted = (
        (-16.0, 4.9), (0.0, 4.9), (25.5, 4.9), (34.0, 4.9), (14.5, -4.9), (31.0, -4.9),
    )  # fmt: skip
    trees = [Prop("tree", x, y, look=number) for number, (x, y) in enumerate(planted)]
    lights = [Prop("signal", 3.4, -4.4, 3.1416), Prop("signal", 7.9, 4.4, 0.0)]
    rest = [Prop("bench", -11.5, 7.3, -1.571), Prop("bin", -2.2, 4.7), Prop("bin", 10.5, -4.7)]
    return (*lamps, *trees, *lights, *rest)
