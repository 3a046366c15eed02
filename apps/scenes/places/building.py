"""Builds houses, walls and ground from flat patches."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from apps.scenes.arrays import Colour, Point
from apps.scenes.shapes.mesh import toned
from apps.scenes.world.place import Patch, Texture

__all__ = ["arcade", "floor", "houses", "pictures", "stripes"]

_WALLS: tuple[tuple[Colour, Texture], ...] = (
    ((92, 108, 150), "bricks"), ((110, 130, 168), "bricks"), ((176, 192, 204), "plaster"),
    ((158, 184, 206), "plaster"), ((190, 196, 196), "plaster"), ((140, 150, 152), "plaster"),
    ((84, 96, 132), "bricks"), ((150, 172, 150), "plaster"), ((186, 170, 150), "plaster"),
)  # fmt: skip
_AWNINGS: tuple[Colour, ...] = ((54, 48, 150), (96, 70, 36), (70, 96, 46), (60, 120, 190))
_GLASS: Colour = (92, 80, 66)
_LIT: Colour = (120, 190, 232)


def floor(
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    colour: Colour,
    texture: Texture = "",
    *,
    z: float = 0.0,
) -> Patch:
    """A rectangle on the ground."""
    return Patch(((x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)), colour, texture)


def stripes(
    x0: float, y0: float, x1: float, y1: float, *, count: int, upright: bool
) -> Iterator[Patch]:
    """White stripes on the road inside a rectangle; `upright` makes them parallel to y."""
    for number in range(count):
        low, high = number / count, (number + 0.5) / count
        if upright:
            yield floor(x0 + (x1 - x0) * low, y0, x0 + (x1 - x0) * high, y1, (206, 208, 208))
        else:
            yield floor(x0, y0 + (y1 - y0) * low, x1, y0 + (y1 - y0) * high, (206, 208, 208))


def houses(
    start: tuple[float, float], end: tuple[float, float], rng: np.random.Generator, *, night: bool
) -> list[Patch]:
    """A row of houses along a line; the fronts face its left side."""
    length = math.dist(start, end)
    marks, here = [0.0], 0.0
    while here < length - 14:
        here += float(rng.uniform(8, 14))
        marks.append(here)
    marks[-1] = length
    patches: list[Patch] = []
    for low, high in pairwise(marks):
        face = _Face(start, end, low, high)
        patches += _house(face, high - low, rng, night=night)
    return patches


def arcade(
    start: tuple[float, float],
    end: tuple[float, float],
    height: float,
    colour: Colour,
    texture: Texture,
) -> Patch:
    """One plain wall along a line."""
    return _Face(start, end, 0.0, math.dist(start, end)).patch(
        (0.0, math.dist(start, end)), (0.0, height), colour, texture
    )


def pictures(
    start: tuple[float, float], end: tuple[float, float], rng: np.random.Generator, *, door: bool
) -> Iterator[Patch]:
    """Posters on an inner wall, a skirting board, and optionally a door in the middle."""
    face = _Face(start, end, 0.0, math.dist(start, end))
    yield face.patch((0, face.width), (0, 0.12), (112, 116, 122))
    if door:
        middle = face.width / 2
        yield face.patch((middle - 1.2, middle + 1.2), (0, 2.6), (70, 66, 62))
        yield face.patch((middle - 1.1, middle + 1.1), (0, 2.5), (206, 200, 190))
    for along in np.arange(1.6, face.width - 2.0, 2.7).tolist():
        if door and abs(along + 0.7 - face.width / 2) < 2.4:
            continue
        colour = toned(_AWNINGS[int(rng.integers(len(_AWNINGS)))], float(rng.uniform(0.8, 1.6)))
        yield face.patch((along, along + 1.4), (2.1, 3.0), (214, 216, 216))
        yield face.patch((along + 0.08, along + 1.32), (2.18, 2.92), colour)


class _Face:
    """The front of a house, with local coordinates: along the front, up, and outwards."""

    def __init__(
        self, start: tuple[float, float], end: tuple[float, float], low: float, high: float
    ) -> None:
        length = math.dist(start, end)
        self._along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
        self._origin = (start[0] + self._along[0] * low, start[1] + self._along[1] * low)
        self.width = high - low

    def point(self, along: float, up: float, out: float = 0.0) -> Point:
        """Convert local coordinates to world coordinates."""
        dx, dy = self._along
        return (
            self._origin[0] + dx * along - dy * out,
            self._origin[1] + dy * along + dx * out,
            up,
        )

    def patch(
        self,
        along: tuple[float, float],
        up: tuple[float, float],
        colour: Colour,
        texture: Texture = "",
        glow: float = 0.0,
    ) -> Patch:
        """A rectangle on the front, given by its ranges along and up."""
        corners = [(along[1], up[0]), (along[0], up[0]), (along[0], up[1]), (along[1], up[1])]
        return Patch(tuple(self.point(a, b) for a, b in corners), colour, texture, glow)


def _house(face: _Face, width: float, rng: np.random.Generator, *, night: bool) -> Iterator[Patch]:
    colour, texture = _WALLS[int(rng.integers(len(_WALLS)))]
    floors = int(rng.integers(2, 5))
    ground, storey = 3.6, 3.0
    top = ground + floors * storey
    yield face.patch((0, width), (0, top), colour, texture)
    yield face.patch((0, width), (top - 0.35, top), toned(colour, 0.75))
    yield face.patch((0, width), (ground - 0.16, ground), toned(colour, 0.7))
    yield from _ground_floor(face, width, rng, night=night)
    count = max(2, int(width / 2.7))
    step = width / count
    tall = float(rng.uniform(1.4, 1.8))
    for level in range(floors):
        for column in range(count):
            lit = night and rng.random() < 0.3
            middle = (column + 0.5) * step
            yield from _window(face, middle, ground + level * storey + 0.8, 0.95, tall, lit=lit)


def _window(
    face: _Face, middle: float, sill: float, width: float, tall: float, *, lit: bool
) -> Iterator[Patch]:
    left, right = middle - width / 2, middle + width / 2
    glow = 0.95 if lit else 0.0
    yield face.patch(
        (left - 0.09, right + 0.09), (sill - 0.09, sill + tall + 0.09), (204, 206, 206)
    )
    glass = _LIT if lit else _GLASS
    yield face.patch((left, right), (sill, sill + tall), glass, "", glow)
    yield face.patch((left, right), (sill + tall * 0.55, sill + tall), toned(glass, 1.25), "", glow)
    yield face.patch((middle - 0.03, middle + 0.03), (sill, sill + tall), (196, 198, 198))
    yield face.patch((left - 0.16, right + 0.16), (sill - 0.2, sill - 0.09), (176, 178, 178))


def _ground_floor(
    face: _Face, width: float, rng: np.random.Generator, *, night: bool
) -> Iterator[Patch]:
    if rng.random() < 0.3:  # a plain house with a door
        door = width * float(rng.uniform(0.3, 0.7))
        yield face.patch((door - 0.6, door + 0.6), (0, 2.4), (60, 66, 84))
        yield face.patch((door - 0.48, door + 0.48), (0.1, 2.28), (74, 60, 48))
        for middle in (door - 2.4, door + 2.4):
            if 1 < middle < width - 1:
                yield from _window(face, middle, 1.0, 1.1, 1.5, lit=night and rng.random() < 0.4)
        return
    awning = _AWNINGS[int(rng.integers(len(_AWNINGS)))]
    glow = 0.85 if night and rng.random() < 0.6 else 0.0
    glass: Colour = _LIT if glow else (104, 92, 80)
    yield face.patch((0.4, width - 0.4), (0.0, 3.3), toned(awning, 0.5))
    panes = max(2, int(width / 2.4))
    step = (width - 1.2) / panes
    door_pane = int(rng.integers(panes))
    for pane in range(panes):
        left = 0.6 + pane * step
        low = 0.08 if pane == door_pane else 0.55
        yield face.patch((left + 0.06, left + step - 0.06), (low, 2.55), glass, "", glow)
        yield face.patch(
            (left + 0.06, left + step - 0.06), (1.6, 2.55), toned(glass, 1.2), "", glow
        )
    yield face.patch((0.4, width - 0.4), (2.65, 3.3), awning, "", glow * 0.6)
    for letter in np.arange(width * 0.3, width * 0.7, 0.42):
        high = float(rng.uniform(2.98, 3.12))
        yield face.patch((letter, letter + 0.24), (2.82, high), (214, 218, 218), "", glow * 0.8)
