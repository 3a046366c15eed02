"""Heads: face, hair and headwear."""

from __future__ import annotations

import math

import numpy as np

from apps.scenes.arrays import Floats, Point
from apps.scenes.shapes.detail import Detail
from apps.scenes.shapes.looks import Hair, PersonLook
from apps.scenes.shapes.mesh import Mesh, ball, box, toned, tube
from apps.scenes.shapes.pose import Pose

__all__ = ["head"]

_HATS = ("cap", "beanie", "hood")
#: Rows and columns of faces of a head, and of the hair over it.
_FACE = {Detail.FAR: (5, 7), Detail.MIDDLE: (6, 10), Detail.CLOSE: (10, 16)}
_HAIR = {Detail.FAR: (3, 6), Detail.MIDDLE: (5, 8), Detail.CLOSE: (7, 10)}


def head(look: PersonLook, pose: Pose, detail: Detail) -> list[Mesh]:
    """Neck and head of a person in a pose, in local coordinates; see `figure`."""
    rows, sides = _FACE[detail]
    tall = look.height if look.height > 1.45 else 1.55
    x, y, z = pose.head
    radii = (0.057 * tall, 0.046 * tall, 0.068 * tall)
    neck = tube(
        [(pose.neck[0], 0.0, pose.neck[2] - 0.02), (x - 0.012, y, z - radii[2] * 0.5)],
        (0.034 * tall, 0.030 * tall),
        toned(look.skin, 0.8),
        sides=4 if detail is Detail.FAR else 8,
    )
    parts = [
        neck,
        ball(pose.head, radii, _face(look, rows, sides), sides=sides, rows=rows),
        *_hair(look, pose, radii, _HAIR[detail]),
    ]
    if detail is not Detail.CLOSE:
        return parts
    nose: Point = (x + radii[0] * 0.98, y, z - radii[2] * 0.12)
    shade = toned(look.skin, 0.93)
    return [*parts, ball(nose, (0.012, 0.010, 0.016), shade, sides=5, rows=3)]


def _face(look: PersonLook, rows: int, sides: int) -> Floats:
    """Colours of the head, float [rows, sides, 3]: eyes, brows, mouth, beard, hair or cap."""
    height = (np.arange(rows) + 0.5) / rows * math.pi - math.pi / 2
    turn = (np.arange(sides) + 0.5) * (2 * math.pi / sides)
    up, front = np.sin(height)[:, None], np.cos(turn)[None, :]
    paint = np.empty((rows, sides, 3))
    paint[:] = look.skin
    if look.beard:
        paint[(up < -0.3) & (front > -0.1)] = look.hair
    paint[(np.abs(up + 0.45) < 0.08) & (front > 0.9)] = np.array(look.skin) * (0.66, 0.6, 0.85)
    eyes = (front < 0.95) & (front > 0.75)
    paint[(np.abs(up - 0.16) < 0.1) & eyes] = np.array(look.skin) * 0.5
    paint[(np.abs(up - 0.45) < 0.1) & eyes & (up < 0.5)] = np.array(look.skin) * 0.72
    if look.hair_style != "bald":
        covered = (up > 0.58 + 0.5 * front) | ((front < 0.05) & (up > -0.55))
        paint[np.broadcast_to(covered, paint.shape[:2])] = look.hair
        cover = (up > 0.35) if look.hair_style == "cap" else (up > 0.28 + 0.25 * front)
        if look.hair_style in _HATS:
            paint[np.broadcast_to(cover, paint.shape[:2])] = look.hat
    return paint


#: Hair and hats: how far the crown sits behind and above the middle of the head, and its size, all
#: as shares of the head's own half sizes.
_CROWNS: dict[Hair, tuple[float, float, Point]] = {
    "short": (0.16, 0.3, (0.96, 1.07, 0.8)),
    "long": (0.2, 0.25, (1.0, 1.1, 0.86)),
    "bun": (0.14, 0.24, (1.0, 1.06, 0.85)),
    "cap": (0.05, 0.42, (1.02, 1.1, 0.68)),
    "beanie": (0.12, 0.3, (1.0, 1.12, 0.9)),
    "hood": (0.12, 0.3, (1.0, 1.12, 0.9)),
}


def _hair(look: PersonLook, pose: Pose, radii: Point, fine: tuple[int, int]) -> list[Mesh]:
    if look.hair_style not in _CROWNS:
        return []
    x, y, z = pose.head
    deep, wide, high = radii
    back, up, (long, broad, tall) = _CROWNS[look.hair_style]
    colour = look.hat if look.hair_style in _HATS else look.hair
    middle: Point = (x - back * deep, y, z + up * high)
    size: Point = (deep * long, wide * broad, high * tall)
    parts = [ball(middle, size, colour, rows=fine[0], sides=fine[1])]
    if look.hair_style == "long":
        path: list[Point] = [
            (x - 0.55 * deep, y, z + 0.3 * high),
            (x - 0.8 * deep, y, z - 1.9 * high),
        ]
        ends = ((wide * 1.1, deep * 0.62), (wide * 0.95, deep * 0.34))
        parts.append(tube(path, ends, look.hair))
    elif look.hair_style == "bun":
        bun: Point = (x - 1.05 * deep, y, z + 0.35 * high)
        parts.append(ball(bun, (0.045, 0.045, 0.045), look.hair, sides=8, rows=5))
    elif look.hair_style == "cap":
        brim: Point = (x + 1.15 * deep, y, z + 0.36 * high)
        parts.append(box(brim, (0.11, wide * 1.7, 0.016), look.hat, round_off=0.4))
    return parts
