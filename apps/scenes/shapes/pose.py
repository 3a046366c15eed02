"""Positions of the joints of a person: walking, standing, and riding a bicycle.

In local coordinates x points forward, y left and z up, in metres; the origin is on the ground below
the hips.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from apps.scenes.arrays import Point
from apps.scenes.shapes.looks import PersonLook

__all__ = ["PHASES", "Limb", "Pose", "riding", "standing", "walking"]

#: Number of phases of a double step.
PHASES = 24


@dataclass(frozen=True)
class Limb:
    """An arm (shoulder, elbow, hand) or a leg (hip, knee, ankle).

    Attributes:
        root: first joint.
        bend: middle joint.
        end: last joint.
        pitch: of the foot, radians, toes up; 0 for a hand.
    """

    root: Point
    bend: Point
    end: Point
    pitch: float = 0.0


@dataclass(frozen=True)
class Pose:
    """The joints of a body at one moment.

    Attributes:
        hips: middle of the hips.
        neck: lower end of the neck.
        head: middle of the head.
        arms: left and right.
        legs: left and right.
    """

    hips: Point
    neck: Point
    head: Point
    arms: tuple[Limb, Limb]
    legs: tuple[Limb, Limb]


def walking(look: PersonLook, phase: float) -> Pose:
    """A pose of a walking person.

    Args:
        look: appearance of the person.
        phase: 0..1 through a double step; at 0.25 the left leg is in front.
    """
    return _upright(look, phase, stride=0.37 * (look.stride / 0.82), swing=0.42 * look.swing)


def standing(look: PersonLook, variant: int) -> Pose:
    """A pose of a standing person.

    Args:
        look: appearance of the person.
        variant: 0 or 1, which leg carries the weight.
    """
    return _upright(look, 0.25 if variant else 0.75, stride=0.06, swing=0.05)


def riding(look: PersonLook, phase: float) -> Pose:
    """A pose of a cyclist whose saddle is at x = -0.15.

    Args:
        look: appearance of the person.
        phase: 0..1 through a turn of the cranks.
    """
    tall = look.height
    hips: Point = (-0.17, 0.0, 0.99)
    neck: Point = (0.17, 0.0, 0.99 + 0.29 * tall * 0.88)
    head: Point = (neck[0] + 0.06, 0.0, neck[2] + 0.085 * tall)
    legs = tuple(
        _pedalling(look, hips, phase + (0.0 if side > 0 else 0.5), side) for side in (1, -1)
    )
    shoulder_x, shoulder_z = (
        h + 0.87 * (n - h) for h, n in ((hips[0], neck[0]), (hips[2], neck[2]))
    )
    arms = tuple(
        _reach(
            (shoulder_x, side * 0.09 * tall * look.shoulders, shoulder_z),
            (0.42, side * 0.25, 1.05),
            0.17 * tall,
            0.16 * tall,
            backwards=True,
        )
        for side in (1, -1)
    )
    return Pose(hips, neck, head, (arms[0], arms[1]), (legs[0], legs[1]))


def _upright(look: PersonLook, phase: float, *, stride: float, swing: float) -> Pose:
    tall, angle = look.height, 2 * math.pi * phase
    legs = [_leg(look, angle, stride, 1), _leg(look, angle + math.pi, stride, -1)]
    sole = min(min(leg.end[2], _toe(leg, tall)) for leg in legs)
    rise = 0.042 * tall - sole
    legs = [_lifted(leg, rise) for leg in legs]
    lean = look.stoop + 0.08 * stride
    hips: Point = (0.0, 0.0, rise)
    neck: Point = (0.29 * tall * math.sin(lean), 0.0, rise + 0.295 * tall * math.cos(lean))
    head: Point = (neck[0] + 0.016 * tall, 0.0, neck[2] + 0.098 * tall)
    arms = [_arm(look, neck, angle + math.pi, swing, 1), _arm(look, neck, angle, swing, -1)]
    return Pose(hips, neck, head, (arms[0], arms[1]), (legs[0], legs[1]))


def _leg(look: PersonLook, angle: float, stride: float, side: int) -> Limb:
    """A leg whose hip is at height zero."""
    tall = look.height
    upper, lower = 0.25 * tall, 0.238 * tall
    hip = stride * math.sin(angle) + 0.1 * stride
    lift = max(0.0, math.cos(angle + 0.4)) ** 2
    knee = 0.06 + 2.6 * stride * lift
    root: Point = (0.0, side * 0.047 * tall * look.girth, 0.0)
    bend: Point = (upper * math.sin(hip), root[1], -upper * math.cos(hip))
    shin = hip - knee
    end: Point = (
        bend[0] + lower * math.sin(shin),
        root[1] * 0.85,
        bend[2] - lower * math.cos(shin),
    )
    # The heel lands first and the toes leave last.
    pitch = 0.75 * stride * math.sin(angle) - 1.4 * stride * max(0.0, -math.sin(angle - 0.5)) ** 3
    return Limb(root, bend, end, pitch)


def _toe(leg: Limb, tall: float) -> float:
    return leg.end[2] + 0.1 * tall * math.sin(min(0.0, leg.pitch))


def _lifted(limb: Limb, rise: float) -> Limb:
    (rx, ry, rz), (bx, by, bz), (ex, ey, ez) = limb.root, limb.bend, limb.end
    return Limb((rx, ry, rz + rise), (bx, by, bz + rise), (ex, ey, ez + rise), limb.pitch)


def _arm(look: PersonLook, neck: Point, angle: float, swing: float, side: int) -> Limb:
    tall = look.height
    upper, lower = 0.168 * tall, 0.155 * tall
    root: Point = (neck[0], side * 0.095 * tall * look.shoulders, neck[2] - 0.048 * tall)
    shoulder = swing * math.sin(angle)
    elbow = 0.22 + 0.55 * swing * (1 + math.sin(angle))
    spread = side * 0.016 * tall * look.girth
    bend: Point = (
        root[0] + upper * math.sin(shoulder),
        root[1] + spread,
        root[2] - upper * math.cos(shoulder),
    )
    fore = shoulder + elbow
    end: Point = (
        bend[0] + lower * math.sin(fore),
        bend[1] + spread * 0.2,
        bend[2] - lower * math.cos(fore),
    )
    return Limb(root, bend, end)


def _pedalling(look: PersonLook, hips: Point, phase: float, side: int) -> Limb:
    turn = -2 * math.pi * phase
    pedal: Point = (0.1 + 0.17 * math.cos(turn), side * 0.1, 0.36 + 0.17 * math.sin(turn))
    root: Point = (hips[0], side * 0.05 * look.height, hips[2] - 0.03)
    return _reach(root, pedal, 0.25 * look.height, 0.242 * look.height, backwards=False)


def _reach(root: Point, end: Point, upper: float, lower: float, *, backwards: bool) -> Limb:
    """A limb with a given end; its middle joint bends forwards or backwards."""
    dx, dz = end[0] - root[0], end[2] - root[2]
    far = math.hypot(dx, dz)
    reach = min(far, 0.995 * (upper + lower))
    along = (upper**2 - lower**2 + reach**2) / (2 * reach)
    aside = math.sqrt(max(0.0, upper**2 - along**2))
    side = -1.0 if backwards else 1.0
    ux, uz = dx / far, dz / far
    bend: Point = (
        root[0] + along * ux - side * aside * uz,
        (root[1] + end[1]) / 2,
        root[2] + along * uz + side * aside * ux,
    )
    return Limb(root, bend, end)
