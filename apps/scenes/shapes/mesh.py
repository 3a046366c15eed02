"""Solid shapes of coloured quadrilaterals, and functions that build them.

In local coordinates x points forward, y to the left and z up, in metres; the origin is on the
ground. Seen from outside, the corners of a face run counter-clockwise; a triangle repeats its last
corner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from apps.scenes.arrays import Bools, Colour, Floats, Indices, Point

__all__ = [
    "Mesh",
    "ball",
    "box",
    "disc",
    "joined",
    "loft",
    "sheet",
    "toned",
    "tube",
]


@dataclass(frozen=True)
class Mesh:
    """Faces with colours.

    Attributes:
        points: float [n, 3], metres.
        faces: int [m, 4], indices of points.
        colours: float [m, 3], blue-green-red, 0..255, in white light.
        gloss: float [m], 0 for cloth to 1 for polished metal.
        rider: bool [m], whether the face belongs to a rider.
        front: float [m], metres by which a face counts as nearer when faces are ordered: for
            details on a surface.
    """

    points: Floats
    faces: Indices
    colours: Floats
    gloss: Floats
    rider: Bools
    front: Floats

    def moved(self, offset: Point) -> Mesh:
        """The shape, moved by an offset."""
        return replace(self, points=self.points + np.array(offset))

    def turned(self, angle: float) -> Mesh:
        """The shape, turned counter-clockwise about the vertical axis by an angle in radians."""
        sin, cos = math.sin(angle), math.cos(angle)
        turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
        return replace(self, points=self.points @ turn)

    def ridden(self) -> Mesh:
        """The shape, marked as a rider."""
        return replace(self, rider=np.ones(len(self.faces), bool))


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Join several shapes into one."""
    starts = np.cumsum([0, *(len(mesh.points) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.points for mesh in meshes]),
        np.concatenate(
            [mesh.faces + start for mesh, start in zip(meshes, starts[:-1], strict=True)]
        ),
        np.concatenate([mesh.colours for mesh in meshes]),
        np.concatenate([mesh.gloss for mesh in meshes]),
        np.concatenate([mesh.rider for mesh in meshes]),
        np.concatenate([mesh.front for mesh in meshes]),
    )


def loft(rings: Floats, colours: Floats | Colour, *, gloss: float = 0.0, caps: bool = True) -> Mesh:
    """A surface over rings of points.

    Args:
        rings: float [k, n, 3]; seen against the direction from ring to ring, the points of a
            ring run counter-clockwise.
        colours: one, or float [k - 1, n, 3] for each face between two rings.
        gloss: of all faces.
        caps: close both ends with the colours of the neighbouring faces.
    """
    count, sides = rings.shape[:2]
    skin = np.empty((count - 1, sides, 3))
    skin[:] = colours
    points, faces, paint = rings.reshape(-1, 3), _skin(count, sides), skin.reshape(-1, 3)
    if caps:
        middles = np.stack([rings[0].sum(axis=0), rings[-1].sum(axis=0)]) / sides
        points = np.concatenate([points, middles])
        faces = _closed(count, sides)
        paint = np.concatenate([paint, skin[0], skin[-1]])
    return _plain(points, faces, paint, gloss)


def tube(
    path: Sequence[Point],
    radii: Sequence[float | tuple[float, float]],
    colours: Floats | Colour | Sequence[Colour],
    *,
    sides: int = 8,
    gloss: float = 0.0,
    caps: bool = True,
) -> Mesh:
    """A round pipe along a path.

    Args:
        path: centres of the rings.
        radii: of each ring; a pair for an ellipse: sideways and forwards.
        colours: one colour, one for each piece between two rings, or float [k - 1, sides, 3].
        sides: corners of a ring.
        gloss: of all faces.
        caps: close both ends.
    """
    line = np.array(path, float)
    across, along = _frame(path[0], path[-1])
    wide = np.array([r if isinstance(r, tuple) else (r, r) for r in radii], float)
    circle = _circle(sides)
    rings = (
        line[:, None, :]
        + (wide[:, :1] * circle[0])[..., None] * across
        + (wide[:, 1:] * circle[1])[..., None] * along
    )
    paint = np.asarray(colours, float)
    if paint.ndim == 2:
        paint = np.repeat(paint[:, None, :], sides, axis=1)
    return loft(rings, paint, gloss=gloss, caps=caps)


def ball(
    centre: Point, radii: Point, colours: Floats | Colour, *, sides: int = 10, rows: int = 7
) -> Mesh:
    """An ellipsoid; `colours` is one colour, or float [rows, sides, 3] from bottom to top."""
    return loft(_globe(sides, rows) * radii + np.array(centre), colours, caps=False)


def box(
    centre: Point, size: Point, colour: Colour, *, round_off: float = 0.0, gloss: float = 0.0
) -> Mesh:
    """A block; `round_off` is the share of its size by which its vertical edges are bevelled."""
    half_x, half_y, half_z = (value / 2 for value in size)
    cut_x, cut_y = half_x * (1 - round_off), half_y * (1 - round_off)
    outline = [
        (half_x, -cut_y), (half_x, cut_y), (cut_x, half_y), (-cut_x, half_y),
        (-half_x, cut_y), (-half_x, -cut_y), (-cut_x, -half_y), (cut_x, -half_y),
    ]  # fmt: skip
    rings = np.array(
        [[(x, y, z) for x, y in outline] for z in (-half_z, half_z)], float
    ) + np.array(centre)
    return loft(rings, colour, gloss=gloss)


def disc(
    centre: Point, radius: float, colour: Colour, *, thickness: float, sides: int = 16
) -> Mesh:
    """An upright disc, for example a wheel, that faces left and right."""
    x, y, z = centre
    path = [(x, y - thickness / 2, z), (x, y + thickness / 2, z)]
    return tube(path, (radius, radius), colour, sides=sides)


def sheet(
    outline: Sequence[Point], colour: Colour, *, front: float = 0.0, gloss: float = 0.0
) -> Mesh:
    """A flat surface that is visible from one side.

    Args:
        outline: its corners, counter-clockwise; convex.
        colour: its colour.
        front: see `Mesh.front`.
        gloss: see `Mesh.gloss`.
    """
    points = np.array(outline, float)
    last = np.arange(2, len(points))
    faces = np.stack([np.zeros_like(last), last - 1, last, last], axis=-1)
    mesh = _plain(points, faces, np.tile(np.array(colour, float), (len(faces), 1)), gloss)
    return replace(mesh, front=np.full(len(faces), front))


def toned(colour: Colour, factor: float) -> Colour:
    """A colour, made darker or lighter by a factor."""
    blue, green, red = (min(250.0, value * factor) for value in colour)
    return blue, green, red


def _plain(points: Floats, faces: Indices, colours: Floats, gloss: float) -> Mesh:
    count = len(faces)
    return Mesh(
        points, faces, colours, np.full(count, gloss), np.zeros(count, bool), np.zeros(count)
    )


def _frame(start: Point, end: Point) -> tuple[Point, Point]:
    """Two directions across a tube: the first near the left, the second near the front.

    Their order makes the rings counter-clockwise as seen from the far end.
    """
    x, y, z = (b - a for a, b in zip(start, end, strict=True))
    length = math.sqrt(x * x + y * y + z * z) or 1.0
    x, y, z = x / length, y / length, z / length
    # The part of "left" (or of "up", if the tube runs to the left) that is across the tube.
    across = (-x * z, -y * z, 1 - z * z) if abs(y) > 0.9 else (-x * y, 1 - y * y, -z * y)
    a, b, c = across
    length = math.sqrt(a * a + b * b + c * c)
    a, b, c = a / length, b / length, c / length
    return (a, b, c), (y * c - z * b, z * a - x * c, x * b - y * a)


@cache
def _circle(sides: int) -> tuple[Floats, Floats]:
    angles = np.arange(sides) * (2 * math.pi / sides)
    return np.cos(angles), np.sin(angles)


@cache
def _globe(sides: int, rows: int) -> Floats:
    """Rings of a sphere of radius 1, from bottom to top."""
    angles = np.linspace(-math.pi / 2, math.pi / 2, rows + 1)[:, None]
    flat = np.maximum(np.cos(angles), 1e-3)
    cos, sin = _circle(sides)
    return np.stack([flat * cos, flat * sin, np.sin(angles) + 0 * cos], axis=-1)


@cache
def _skin(count: int, sides: int) -> Indices:
    ring, side = np.meshgrid(np.arange(count - 1), np.arange(sides), indexing="ij")
    following = (side + 1) % sides
    corners = [ring * sides + side, ring * sides + following]
    corners += [corners[1] + sides, corners[0] + sides]
    return np.stack(corners, axis=-1).reshape(-1, 4)


@cache
def _closed(count: int, sides: int) -> Indices:
    """The surface and both ends."""
    side = np.arange(sides)
    following = (side + 1) % sides
    low, high = np.full(sides, count * sides), np.full(sides, count * sides + 1)
    last = (count - 1) * sides
    return np.concatenate(
        [
            _skin(count, sides),
            np.stack([following, side, low, low], axis=-1),
            np.stack([last + side, last + following, high, high], axis=-1),
        ]
    )
