"""A person as a solid shape: body, clothes, hair and bag, in a pose."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import cast

import numpy as np

from apps.scenes.arrays import Bools, Colour, Floats, Point
from apps.scenes.shapes.detail import Detail
from apps.scenes.shapes.head import head
from apps.scenes.shapes.looks import PersonLook
from apps.scenes.shapes.luggage import luggage
from apps.scenes.shapes.mesh import Mesh, ball, joined, loft, toned, tube
from apps.scenes.shapes.pose import Limb, Pose

__all__ = ["figure"]

#: Rings of the trunk, from the crotch to the neck: height from the hips to the neck (0..1) and
#: half widths sideways and forwards, both per metre of height.
_TRUNK = (
    (-0.10, 0.060, 0.058),
    (-0.02, 0.098, 0.070),
    (0.10, 0.096, 0.068),
    (0.20, 0.088, 0.062),
    (0.32, 0.086, 0.060),
    (0.44, 0.091, 0.063),
    (0.56, 0.098, 0.067),
    (0.68, 0.104, 0.070),
    (0.79, 0.105, 0.066),
    (0.88, 0.096, 0.059),
    (0.96, 0.064, 0.046),
    (1.02, 0.034, 0.034),
)
_BELT = 0.16
#: Number of faces around the trunk, an arm and a leg.
_SIDES = {Detail.FAR: (6, 4, 4), Detail.MIDDLE: (8, 5, 6), Detail.CLOSE: (14, 8, 9)}


def figure(look: PersonLook, pose: Pose, detail: Detail = Detail.CLOSE) -> Mesh:
    """The shape of a person in local coordinates (x forward, y left, z up, metres).

    Args:
        look: appearance of the person.
        pose: positions of the joints.
        detail: level of detail.
    """
    trunk, arm_sides, leg_sides = _SIDES[detail]
    return joined(
        [
            _trunk(look, pose, trunk),
            *head(look, pose, detail),
            *(_arm(look, arm, arm_sides) for arm in pose.arms),
            *(_leg(look, leg, leg_sides) for leg in pose.legs),
            *_skirt(look, pose, 12 if detail is Detail.CLOSE else 8),
            *luggage(look, pose),
        ]
    )


def _trunk(look: PersonLook, pose: Pose, sides: int) -> Mesh:
    tall = look.height
    hips, neck = np.array(pose.hips), np.array(pose.neck)
    angles = np.arange(sides) * (2 * math.pi / sides)
    rings = []
    for level, wide, deep in _TRUNK:
        shape = look.shoulders if level > 0.6 else look.girth
        belly = 1 + 0.5 * max(0.0, look.girth - 1) * (level < 0.6)
        centre = hips + (neck - hips) * level
        sideways = np.cos(angles) * wide * tall * shape
        forwards = -np.sin(angles) * deep * tall * look.girth * belly
        rings.append(centre + np.stack([forwards, sideways, np.zeros(sides)], axis=-1))
    return loft(np.array(rings), _garment(look, angles + math.pi / sides), caps=False)


def _garment(look: PersonLook, angles: Floats) -> Floats:
    """Colours of the trunk, float [rings - 1, sides, 3]."""
    levels = np.array([(a[0] + b[0]) / 2 for a, b in pairwise(_TRUNK)])
    paint = np.empty((len(levels), len(angles), 3))
    paint[:] = look.top
    second = _PATTERNS[look.pattern](levels, angles)
    paint[second] = look.second
    below = levels < _BELT
    if look.legwear not in ("dress", "coat"):
        paint[below] = look.legs
        paint[(levels > _BELT - 0.07) & below] = np.array(look.legs) * 0.55
    paint[-1] = look.skin
    return paint


def _plain(levels: Floats, angles: Floats) -> Bools:
    return np.zeros((len(levels), len(angles)), bool)


def _stripes(levels: Floats, angles: Floats) -> Bools:
    return np.repeat((np.arange(len(levels)) % 2 == 0)[:, None], len(angles), axis=1)


def _blocks(levels: Floats, angles: Floats) -> Bools:
    return np.repeat((levels > 0.6)[:, None], len(angles), axis=1)


def _checks(levels: Floats, angles: Floats) -> Bools:
    rows, columns = np.arange(len(levels))[:, None], np.arange(len(angles))[None, :]
    checks: Bools = (rows + columns) % 2 == 0
    return checks


def _logo(levels: Floats, angles: Floats) -> Bools:
    return np.outer(np.abs(levels - 0.72) < 0.1, np.sin(angles) < -0.55)


def _open(levels: Floats, angles: Floats) -> Bools:
    return np.repeat((np.sin(angles) < -0.87)[None, :], len(levels), axis=0)


def _vest(levels: Floats, angles: Floats) -> Bools:
    bands = (np.abs(levels - 0.38) < 0.05) | (np.abs(levels - 0.62) < 0.05)
    return np.repeat(bands[:, None], len(angles), axis=1)


_PATTERNS: dict[str, Callable[[Floats, Floats], Bools]] = {
    "plain": _plain,
    "stripes": _stripes,
    "blocks": _blocks,
    "checks": _checks,
    "logo": _logo,
    "open": _open,
    "vest": _vest,
}


def _arm(look: PersonLook, arm: Limb, sides: int) -> Mesh:
    tall, girth = look.height, look.girth
    thick = [0.036, 0.033, 0.0265, 0.026, 0.0215, 0.0175]
    radii = [value * tall * (0.4 + 0.6 * girth) for value in thick]
    path = _along(arm, (0.0, 0.5, 0.96), (0.04, 0.5, 1.0))
    bare = look.skin if not look.long_sleeves else look.top
    sleeves = [look.top, look.top if look.long_sleeves else look.skin, bare, bare, bare]
    if look.pattern == "vest":
        sleeves[0] = look.second
    ex, ey, ez = arm.end
    fore = _unit(arm.bend, arm.end)
    hand: Point = (ex + 0.035 * fore[0], ey, ez + 0.045 * fore[2])
    ring = tuple(value * 1.12 for value in (0.035 * tall, 0.031 * tall, 0.036 * tall))
    return joined(
        [
            tube(path, radii, _soft(sleeves), sides=sides, caps=False),
            ball(arm.root, cast(Point, ring), sleeves[0], sides=sides, rows=sides // 2 + 1),
            ball(hand, (0.030, 0.022, 0.052), look.skin, sides=sides - 1, rows=3),
        ]
    )


def _leg(look: PersonLook, leg: Limb, sides: int) -> Mesh:
    tall, girth = look.height, 0.35 + 0.65 * look.girth
    loose = 1.0 if look.legwear in ("shorts", "skirt", "dress") else 1.1
    thick = [0.056, 0.051, 0.039, 0.037, 0.036, 0.028 * loose]
    radii = [value * tall * girth for value in thick]
    path = _along(leg, (0.0, 0.5, 0.96), (0.05, 0.4, 1.0))
    cloth = look.legs
    if look.legwear == "dress":
        cloth = look.skin
    bare = look.skin if look.legwear in ("shorts", "skirt", "dress") else cloth
    upper = look.skin if look.legwear == "skirt" else cloth
    hidden = {"skirt": 0.9, "dress": 0.85, "coat": 0.66}.get(look.legwear, 0.0)
    if hidden:
        path[:2] = _along(leg, (hidden, (1 + hidden) / 2), ())
        radii[0] = radii[1] = radii[2] * 1.08
    return joined(
        [
            tube(path, radii, _soft([upper, upper, bare, bare, bare]), sides=sides, caps=False),
            _foot(look, leg, sides),
        ]
    )


def _foot(look: PersonLook, leg: Limb, sides: int) -> Mesh:
    tall = look.height
    sin, cos = math.sin(leg.pitch), math.cos(leg.pitch)
    x, y, z = leg.end
    path = []
    for forward, up in ((-0.035, -0.012), (0.0, -0.010), (0.055, -0.018), (0.105, -0.028)):
        path.append(
            (x + tall * (forward * cos - up * sin), y, z + tall * (forward * sin + up * cos))
        )
    radii = [(0.018 * tall, 0.026 * tall), (0.023 * tall, 0.030 * tall)]
    radii += [(0.026 * tall, 0.022 * tall), (0.018 * tall, 0.012 * tall)]
    return tube(path, radii, look.shoes, sides=sides - 1, gloss=0.15)


def _skirt(look: PersonLook, pose: Pose, sides: int) -> list[Mesh]:
    ends = {"skirt": 0.27, "dress": 0.25, "coat": 0.20}
    if look.legwear not in ends:
        return []
    tall, girth = look.height, look.girth
    colour = look.legs if look.legwear == "skirt" else look.top
    x, _, z = pose.hips
    knees = [leg.bend[0] - x for leg in pose.legs]
    ahead, behind = max(*knees, 0.02) + 0.05 * tall, max(-min(knees), 0.02) + 0.05 * tall
    middle, spread = x + (ahead - behind) / 2, (ahead + behind) / 2
    drop = ends[look.legwear] * tall
    half = x + (middle - x) * 0.6
    path = [(middle, 0.0, z - drop), (half, 0.0, z - 0.5 * drop), (x, 0.0, z + 0.055 * tall)]
    radii = [
        (0.112 * tall * girth, spread),
        (0.110 * tall * girth, 0.5 * spread + 0.036 * tall),
        (0.094 * tall * girth, 0.072 * tall * girth),
    ]
    return [tube(path, radii, colour, sides=sides)]


def _along(limb: Limb, first: tuple[float, ...], second: tuple[float, ...]) -> list[Point]:
    root, bend, end = np.array(limb.root), np.array(limb.bend), np.array(limb.end)
    points = [root + (bend - root) * share for share in first]
    points += [bend + (end - bend) * share for share in second]
    return [cast(Point, tuple(point)) for point in points]


def _soft(colours: list[Colour]) -> list[Colour]:
    """Colours of a limb, darker near the joint, like creased cloth."""
    shades = (1.0, 1.0, 0.9, 0.97, 1.0)
    return [toned(colour, shade) for colour, shade in zip(colours, shades, strict=True)]


def _unit(start: Point, end: Point) -> Floats:
    line = np.array(end) - np.array(start)
    return cast(Floats, line / (float(np.linalg.norm(line)) or 1.0))
