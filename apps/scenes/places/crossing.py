"""A crossing of two streets with traffic lights: turning vehicles, and people on four zebras."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from apps.scenes.arrays import Colour
from apps.scenes.places.building import floor, houses, stripes
from apps.scenes.world.place import Lane, Mount, Node, Patch, Place, Prop, SignalCycle, Texture

__all__ = ["crossing"]

_FAR = 95.0
#: Half widths of the roads, and of the roads with pavements, metres.
_ROAD, _WALL = 4.0, 9.0
_CORNERS = ((1, 1), (-1, 1), (-1, -1), (1, -1))
#: Metres from the middle at which vehicles wait.
_STOP = 9.2


def crossing(seed: int) -> Place:
    """Two crossing streets, one from west to east and one from south to north."""
    nodes = [Node(6.4 * x, 6.4 * y, 0.8) for x, y in _CORNERS]
    links = []
    for number, (x, y) in enumerate(_CORNERS):
        for gate in (Node(6.6 * x, 28 * y, 1.2, "gate"), Node(28 * x, 6.6 * y, 1.2, "gate")):
            links.append((number, len(nodes)))
            nodes.append(gate)
        links.append((number, len(nodes)))
        nodes.append(Node(8.0 * x, 7.6 * y, 0.5, "stay"))
    zebras = {(0, 1), (1, 2), (2, 3), (0, 3)}
    return Place(
        nodes=tuple(nodes),
        links=(*links, *sorted(zebras)),
        crossings=frozenset(zebras),
        lanes=tuple(_lanes()),
        signal=SignalCycle((9.0, 9.0, 9.0)),
        mounts=(
            Mount((-9.6, -8.6, 6.0), (2.2, 3.0, 0.6), 64),
            Mount((9.6, 8.6, 6.0), (-2.2, -3.0, 0.6), 64),
            Mount((9.4, -8.4, 6.2), (-3.0, 2.6, 0.5), 66),
        ),
        patches=tuple(_patches(np.random.default_rng([seed, 3]))),
        props=tuple(_props()),
    )


def _lanes() -> Iterator[Lane]:
    """Lanes from each side, straight on and to the right, and a lane for bicycles."""
    for quarter in range(4):
        phase = quarter % 2
        straight = [(-75.0, -1.9), (75.0, -1.9)]
        # To the right: a quarter of a circle around the near corner.
        bend = [(-6.9 + 5.0 * math.sin(a), -6.9 + 5.0 * math.cos(a))
                for a in np.linspace(0, math.pi / 2, 10)]  # fmt: skip
        right = [(-75.0, -1.9), *bend, (-1.9, -75.0)]
        bike = [(-75.0, -3.4), (75.0, -3.4)]
        for points, bikes in ((straight, False), (right, False), (bike, True)):
            line = tuple(_turned(x, y, quarter) for x, y in points)
            yield Lane(line, bikes=bikes, stop=75.0 - _STOP, phase=phase)


def _turned(x: float, y: float, quarter: int) -> tuple[float, float]:
    for _ in range(quarter):
        x, y = -y, x
    return x, y


def _patches(rng: np.random.Generator) -> list[Patch]:
    patches = [floor(-_FAR, -_FAR, _FAR, _FAR, (104, 104, 106), "asphalt")]
    for x, y in _CORNERS:
        patches.append(_pavement(x, y, 0.15, (178, 182, 184), ""))
        patches.append(_pavement(x, y, 0.0, (150, 154, 156), "slabs"))
    for low, high in ((11.0, 90.0), (-90.0, -11.0)):
        for mark in np.arange(low, high - 3, 6.0).tolist():
            patches.append(floor(mark, -0.07, mark + 3, 0.07, (200, 202, 202)))
            patches.append(floor(-0.07, mark, 0.07, mark + 3, (200, 202, 202)))
    for side in (1, -1):
        near, far = sorted((4.9 * side, 7.9 * side))
        patches += stripes(near, -3.9, far, 3.9, count=8, upright=False)
        patches += stripes(-3.9, near, 3.9, far, count=8, upright=True)
        line, other = sorted((8.6 * side, 9.0 * side))
        # Vehicles keep to the right: from the east they wait at the north side of the road.
        patches.append(floor(line, min(0, 3.9 * side), other, max(0, 3.9 * side), (206, 208, 208)))
        patches.append(
            floor(min(0, -3.9 * side), line, max(0, -3.9 * side), other, (206, 208, 208))
        )
    for along in (_FAR, -_FAR):
        patches += houses((along, -along), (along, along), rng, night=False)
        patches += houses((along, along), (-along, along), rng, night=False)
    for x, y in _CORNERS:
        across = ((_FAR * x, _WALL * y), (_WALL * x, _WALL * y))
        up = ((_WALL * x, _WALL * y), (_WALL * x, _FAR * y))
        if x * y < 0:
            across, up = (across[1], across[0]), (up[1], up[0])
        patches += houses(*across, rng, night=False)
        patches += houses(*up, rng, night=False)
    return patches


def _pavement(x: int, y: int, wider: float, colour: Colour, texture: Texture) -> Patch:
    """The pavement of one corner with its rounded kerb."""
    near, radius = _ROAD - wider, 2.4
    bend = [
        (near + radius - radius * math.sin(a), near + radius - radius * math.cos(a))
        for a in np.linspace(0, math.pi / 2, 6)
    ]
    outline = [(_FAR, near), (_FAR, _FAR), (near, _FAR), *reversed(bend)]
    if x * y < 0:  # a mirrored patch would face downwards
        outline.reverse()
    corners = tuple((px * x, py * y, 0.0) for px, py in outline)
    return Patch(corners, colour, texture)


def _props() -> Iterator[Prop]:
    for quarter in range(4):  # to the right of the stop line of each lane
        x, y = _turned(-8.8, -4.6, quarter)
        yield Prop("signal", x, y, math.pi * (1 + quarter / 2), look=quarter % 2)
    for number, (x, y) in enumerate(_CORNERS):
        yield Prop("lamp", 4.8 * x, 14.0 * y, math.pi if x > 0 else 0.0)
        yield Prop("tree", 20.0 * x, 5.0 * y, look=number)
        yield Prop("tree", 5.0 * x, 24.0 * y, look=number + 4)
        yield Prop("bin", 8.2 * x, 11.0 * y)
