"""Bags: backpacks, shoulder bags, handbags and trolley cases."""

from __future__ import annotations

from apps.scenes.arrays import Point
from apps.scenes.shapes.looks import PersonLook
from apps.scenes.shapes.mesh import Mesh, box, disc, joined, toned, tube
from apps.scenes.shapes.pose import Pose

__all__ = ["luggage"]

_STRAP = (44.0, 44.0, 48.0)


def luggage(look: PersonLook, pose: Pose) -> list[Mesh]:
    """The bag of a person in a pose, in local coordinates; empty without a bag."""
    match look.bag:
        case "backpack":
            return [_backpack(look, pose)]
        case "shoulder":
            return [_shoulder_bag(look, pose)]
        case "hand":
            return [_hand_bag(look, pose)]
        case "trolley":
            return [_trolley(look, pose)]
        case _:
            return []


def _backpack(look: PersonLook, pose: Pose) -> Mesh:
    tall = look.height
    back = 0.075 * tall * look.girth
    x = (pose.hips[0] + pose.neck[0]) / 2 - back - 0.06
    z = pose.hips[2] + 0.185 * tall
    sack = box((x, 0.0, z), (0.17, 0.29, 0.25 * tall), look.bag_colour, round_off=0.35)
    pocket: Point = (x - 0.09, 0.0, z - 0.05 * tall)
    straps = [
        tube(
            [
                (x + 0.05, side * 0.085, z + 0.10 * tall),
                (pose.neck[0] + 0.02, side * 0.082, pose.neck[2] - 0.002),
                (pose.neck[0] + back, side * 0.085, pose.neck[2] - 0.075 * tall),
                (x + back * 2 + 0.07, side * 0.1, z - 0.02 * tall),
            ],
            (0.022, 0.022, 0.022, 0.018),
            _STRAP,
            sides=5,
        )
        for side in (1, -1)
    ]
    return joined(
        [sack, box(pocket, (0.06, 0.22, 0.11 * tall), toned(look.bag_colour, 0.8)), *straps]
    )


def _shoulder_bag(look: PersonLook, pose: Pose) -> Mesh:
    side = 1 if look.left_handed else -1
    tall, girth = look.height, look.girth
    at: Point = (-0.02, side * (0.115 * tall * girth + 0.05), pose.hips[2] + 0.01 * tall)
    deep = 0.078 * tall * girth
    strap = [
        tube(
            [
                (at[0], at[1] * 0.9, at[2] + 0.1),
                (facing * deep + pose.neck[0] * 0.6, 0.0, pose.hips[2] + 0.17 * tall),
                (pose.neck[0], -side * 0.075 * tall, pose.neck[2] - 0.004 * tall),
            ],
            (0.014, 0.016, 0.016),
            _STRAP,
            sides=5,
        )
        for facing in (1, -1)
    ]
    return joined([box(at, (0.30, 0.10, 0.24), look.bag_colour, round_off=0.2), *strap])


def _hand_bag(look: PersonLook, pose: Pose) -> Mesh:
    hand = pose.arms[0 if look.left_handed else 1].end
    x, y, z = hand
    bag: Point = (x, y, z - 0.34)
    handle = tube([(x, y, z - 0.2), (x, y, z - 0.02)], (0.012, 0.012), _STRAP, sides=4)
    return joined([box(bag, (0.32, 0.12, 0.28), look.bag_colour, round_off=0.15), handle])


def _trolley(look: PersonLook, pose: Pose) -> Mesh:
    side = 1 if look.left_handed else -1
    x, y, z = pose.arms[0 if look.left_handed else 1].end
    case: Point = (-0.52, y + side * 0.02, 0.36)
    rod = tube([(x, y, z - 0.02), (-0.50, case[1], 0.62)], (0.012, 0.012), _STRAP, sides=4)
    wheels = [disc((-0.60, case[1] + offset, 0.05), 0.05, _STRAP, thickness=0.03, sides=8)
              for offset in (-0.15, 0.15)]  # fmt: skip
    body = box(case, (0.24, 0.38, 0.54), look.bag_colour, round_off=0.15, gloss=0.2)
    return joined([body, rod, *wheels])
