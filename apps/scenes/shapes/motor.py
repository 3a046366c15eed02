"""A vehicle as a solid shape: a surface over cross-sections, glass, lights and wheels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from apps.scenes.arrays import Bools, Colour, Floats
from apps.scenes.shapes.looks import VehicleLook
from apps.scenes.shapes.mesh import Mesh, ball, joined, loft, sheet, tube

__all__ = ["motor"]

_GLASS: Colour = (58.0, 48.0, 40.0)
_RUBBER: Colour = (34.0, 33.0, 33.0)
_TRIM: Colour = (44.0, 42.0, 42.0)
_LAMP: Colour = (228.0, 236.0, 240.0)
_REAR: Colour = (40.0, 34.0, 176.0)
_PLATE: Colour = (210.0, 216.0, 214.0)


@dataclass(frozen=True)
class _Shape:
    """Side profile of a body.

    Attributes:
        deck: height of bonnet and boot, as points (share of length from the rear, share of height).
        roof: the same for the roof; the cabin is where the roof is above the deck.
        pillars: shares of the length at which the glass is interrupted.
        glazed: shares of the length between which the sides have glass.
        tuck: difference in width of body and roof, as a share.
    """

    deck: tuple[tuple[float, float], ...]
    roof: tuple[tuple[float, float], ...]
    pillars: tuple[float, ...]
    glazed: tuple[float, float]
    tuck: float


_SHAPES = {
    "hatchback": _Shape(
        ((0.0, 0.60), (0.06, 0.63), (0.65, 0.62), (0.90, 0.54), (1.0, 0.44)),
        ((0.0, 0.60), (0.03, 0.66), (0.17, 0.97), (0.36, 1.0), (0.52, 0.97), (0.72, 0.61)),
        (0.13, 0.40, 0.60), (0.10, 0.70), 0.22,
    ),
    "saloon": _Shape(
        ((0.0, 0.58), (0.04, 0.65), (0.22, 0.66), (0.66, 0.63), (0.92, 0.54), (1.0, 0.42)),
        ((0.14, 0.64), (0.30, 0.97), (0.42, 1.0), (0.54, 0.97), (0.73, 0.62)),
        (0.25, 0.44, 0.62), (0.19, 0.71), 0.23,
    ),
    "estate": _Shape(
        ((0.0, 0.58), (0.05, 0.62), (0.66, 0.61), (0.92, 0.55), (1.0, 0.45)),
        ((0.0, 0.58), (0.02, 0.64), (0.08, 0.96), (0.30, 1.0), (0.52, 0.97), (0.71, 0.61)),
        (0.09, 0.26, 0.42, 0.60), (0.06, 0.69), 0.2,
    ),
    "van": _Shape(
        ((0.0, 0.52), (0.7, 0.52), (0.93, 0.44), (1.0, 0.36)),
        ((0.0, 0.94), (0.03, 1.0), (0.68, 0.99), (0.74, 0.94), (0.9, 0.48)),
        (0.76,), (0.60, 0.86), 0.1,
    ),
    "lorry": _Shape(
        ((0.0, 0.44), (0.74, 0.44), (0.98, 0.42), (1.0, 0.36)),
        ((0.0, 0.98), (0.005, 1.0), (0.69, 1.0), (0.70, 0.46), (0.735, 0.46), (0.75, 0.80),
         (0.9, 0.82), (0.985, 0.44)),
        (), (0.80, 0.95), 0.06,
    ),
}  # fmt: skip


def motor(look: VehicleLook) -> Mesh:
    """The shape of a vehicle: x forward from its middle, y left, z up, metres."""
    return _assembled(look)


@cache
def _assembled(look: VehicleLook) -> Mesh:
    axles = (-0.30 * look.length, 0.315 * look.length)
    radius = 0.33 if look.height < 1.9 else 0.38
    parts = [_body(look), *_ends(look)]
    for axle in axles:
        for side in (1, -1):
            parts += _wheel(axle, side * (look.width / 2), radius, side)
    parts += [_mirror(look, side) for side in (1, -1)]
    return joined(parts)


def _body(look: VehicleLook) -> Mesh:
    shape = _SHAPES[look.body]
    stations = _stations(shape)
    deck = np.interp(stations, *np.array(shape.deck).T) * look.height
    at, heights = np.array(shape.roof).T
    roof = np.interp(stations, at, heights, left=0.0, right=0.0) * look.height
    roof = np.maximum(roof, deck + 0.012)
    rings = np.stack(
        [_section(look, shape, s, d, r) for s, d, r in zip(stations, deck, roof, strict=True)]
    )
    return loft(rings, _skin(look, shape, stations, deck, roof), gloss=0.55)


def _stations(shape: _Shape) -> Floats:
    marks = {0.0, 0.012, 0.5, 0.985, 1.0, *shape.glazed, *np.linspace(0.04, 0.96, 24).tolist()}
    marks |= {at for at, _ in shape.roof} | {at for at, _ in shape.deck}
    for pillar in shape.pillars:
        marks |= {pillar - 0.009, pillar + 0.009, pillar + 0.013}
    return np.array(sorted(marks))


def _section(look: VehicleLook, shape: _Shape, at: float, deck: float, roof: float) -> Floats:
    """One cross-section, from the lower left over the roof to the lower right: float [14, 3]."""
    nose = 1 - 0.14 * max(0.0, (at - 0.86) / 0.14) ** 2 - 0.07 * max(0.0, (0.1 - at) / 0.1) ** 2
    half = look.width / 2 * nose
    low = 0.19 if look.height < 1.9 else 0.26
    cabin = min(1.0, max(0.0, (roof - deck) / (0.25 * look.height)))
    top = half * (0.96 - shape.tuck * cabin)
    profile = [
        (half * 0.86, low),
        (half * 0.98, low + 0.06),
        (half, low + 0.45 * (deck - low)),
        (half * 0.99, low + 0.85 * (deck - low)),
        (half * 0.96, deck),
        (top, roof - 0.05 * cabin),
        (top * 0.82, roof),
    ]
    x = (at - 0.5) * look.length
    right = [(x, -y, z) for y, z in profile]
    left = [(x, y, z) for y, z in reversed(profile)]
    # Counter-clockwise as seen from the front: up the left side and down the right one.
    return np.array(left[::-1] + right[::-1])


def _skin(look: VehicleLook, shape: _Shape, stations: Floats, deck: Floats, roof: Floats) -> Floats:
    """Colours, float [stations - 1, 14, 3]."""
    middle = (stations[:-1] + stations[1:]) / 2
    paint = np.empty((len(middle), 14, 3))
    paint[:] = look.paint
    sills, doors, sides, tops = _columns()
    for pillar in shape.pillars:
        gap = np.abs(middle - pillar - 0.011) < 0.002
        paint[gap[:, None] & doors] = np.array(look.paint) * 0.55
    paint[:, sills] = np.array(look.paint) * 0.5 if look.body != "lorry" else _TRIM
    paint[[0, -1]] = look.paint  # also the colours of the flat ends
    cabin = (roof - deck) > 0.06 * look.height
    inside = cabin[:-1] | cabin[1:]
    glazed = (middle > shape.glazed[0]) & (middle < shape.glazed[1]) & inside
    for pillar in shape.pillars:
        glazed &= np.abs(middle - pillar) > 0.009
    paint[glazed[:, None] & sides] = _GLASS
    rising = np.abs(np.diff(roof)) > 0.30 * np.diff(stations) * look.length
    if look.body in ("van", "lorry"):
        rising &= middle > 0.7
    paint[(rising & inside)[:, None] & tops] = _GLASS
    if look.body == "lorry":
        box_part = middle < 0.69
        paint[box_part] = (198, 197, 194)
        paint[(box_part & (middle > 0.03))[:, None] & sills] = _TRIM
    return paint


@cache
def _columns() -> tuple[Bools, Bools, Bools, Bools]:
    """Faces of a section that are sills, doors, side windows, and roof or windscreen: bool [14]."""
    groups = ([0, 12, 13], [1, 2, 3, 9, 10, 11], [4, 8], [5, 6, 7])
    sills, doors, sides, tops = (np.isin(np.arange(14), group) for group in groups)
    return sills, doors, sides, tops


def _wheel(x: float, y: float, radius: float, side: int) -> list[Mesh]:
    inner, outer = sorted((y - side * 0.2, y - side * 0.005))
    tread = tube([(x, inner, radius), (x, outer, radius)], (radius, radius), _RUBBER, sides=16)
    tread = replace(tread, front=np.full(len(tread.faces), -0.7))  # the body hides the upper part

    def plate(size: float, colour: Colour, order: int, low: float = 0.0) -> Mesh:
        turns = [-side * 2 * math.pi * i / 20 for i in range(20)]
        rim = [
            (x - size * math.sin(t), y + side * 0.012, radius + size * math.cos(t)) for t in turns
        ]
        return sheet([(a, b, max(c, low)) for a, b, c in rim], colour, front=0.5 + 0.05 * order)

    arch = plate(radius * 1.17, (24.0, 23.0, 23.0), 0, low=radius * 0.6)
    tyre = plate(radius, _RUBBER, 1)
    rim = plate(radius * 0.66, (156.0, 156.0, 154.0), 2)
    hole = plate(radius * 0.5, (84.0, 83.0, 82.0), 3)
    hub = plate(radius * 0.24, (150.0, 150.0, 148.0), 4)
    return [tread, arch, tyre, rim, hole, hub]


def _mirror(look: VehicleLook, side: int) -> Mesh:
    x = (_SHAPES[look.body].glazed[1] - 0.53) * look.length
    z = (0.66 if look.height < 1.9 else 0.6) * look.height
    return ball(
        (x, side * (look.width / 2 + 0.07), z), (0.06, 0.1, 0.07), look.paint, sides=6, rows=4
    )


def _ends(look: VehicleLook) -> list[Mesh]:
    """Lamps, grille, bumpers and number plates."""
    half, tall = look.width / 2, look.height
    low = 0.24 if tall < 1.9 else 0.3
    lamp = tall * (0.36 if tall < 1.9 else 0.27)
    tail = tall * (0.47 if tall < 1.9 else 0.32)
    parts = [
        _panel(look, 1, (0.0, half * 0.62), (lamp - 0.02, 0.13), _TRIM, 1),
        _panel(look, 1, (0.0, half * 0.80), (low + 0.06, 0.15), _TRIM, 1),
        _panel(look, 1, (0.0, 0.26), (low + 0.13, 0.11), _PLATE, 2),
        _panel(look, -1, (0.0, half * 0.84), (low + 0.05, 0.16), _TRIM, 1),
        _panel(look, -1, (0.0, 0.26), (tail - 0.06, 0.11), _PLATE, 2),
    ]
    for side in (1, -1):
        parts.append(_panel(look, 1, (side * half * 0.66, 0.19), (lamp + 0.02, 0.15), _LAMP, 2))
        parts.append(_panel(look, -1, (side * half * 0.76, 0.15), (tail, 0.2), _REAR, 2))
    return parts


def _panel(
    look: VehicleLook,
    end: int,
    across: tuple[float, float],
    up: tuple[float, float],
    colour: Colour,
    order: int,
) -> Mesh:
    """A rectangle on the front (`end` is 1) or rear (`end` is -1).

    Args:
        look: of the vehicle.
        end: front or rear.
        across: middle and half width, metres.
        up: middle and height, metres.
        colour: of the rectangle.
        order: a higher number covers a lower one.
    """
    (y, half), (z, high) = across, up
    x = end * (look.length / 2 + 0.01)
    left, right = y + end * half, y - end * half
    low, top = z - high / 2, z + high / 2
    # Counter-clockwise from outside, so that it is visible from its end only.
    corners = [(x, right, low), (x, left, low), (x, left, top), (x, right, top)]
    return sheet(corners, colour, front=0.3 + 0.05 * order, gloss=0.3)
