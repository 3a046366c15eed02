"""Solid shapes to pixels: light on faces, the farthest face first, edges smoothed.

Colours are multiplied by their coverage (the fourth channel) everywhere in this package, so that
pictures can be scaled and laid over one another without dark or bright seams.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from apps.streams.scenes.arrays import Bytes, Floats
from apps.streams.scenes.mesh import Mesh, Point

__all__ = ["MULTIPLE", "Light", "Painted", "View", "paint"]

#: Bits of a pixel's fraction that OpenCV takes.
_SHIFT = 4
_MARGIN = 3
#: Width and height of a picture are multiples of this, so that it can be made smaller by it.
MULTIPLE = 4


@dataclass(frozen=True)
class Light:
    """What falls on things, in the axes of the camera: x away from it, y left, z up.

    Attributes:
        sun: unit vector towards the strongest light.
        direct: its strength on a face that looks into it; blue, green, red.
        sky: strength of the diffuse light from above; blue, green, red.
        ground: of that from below.
    """

    sun: Point
    direct: Point
    sky: Point
    ground: Point


@dataclass(frozen=True)
class View:
    """From where a shape is seen.

    Attributes:
        turn: heading of the shape, radians counter-clockwise from the direction of view.
        distance: metres from the camera to the shape's origin.
        elevation: of the camera as seen from there, radians.
        scale: pixels per metre at the shape's origin.
    """

    turn: float
    distance: float
    elevation: float
    scale: float


@dataclass(frozen=True)
class Painted:
    """A picture of one shape.

    Attributes:
        pixels: uint8 [height, width, 4]: blue, green, red, coverage.
        anchor: pixel of the shape's origin.
        rider: left, top, right, bottom of the rider's part, pixels; None without a rider.
    """

    pixels: Bytes
    anchor: tuple[float, float]
    rider: tuple[float, float, float, float] | None


def paint(mesh: Mesh, view: View, light: Light, *, finer: int = 2) -> Painted:
    """A picture of a shape.

    Args:
        mesh: the shape.
        view: from where it is seen.
        light: what falls on it.
        finer: how many times finer it is drawn than the picture, in each direction.
    """
    turned = mesh.turned(view.turn)
    flat, depth = _flatten(turned.points, view)
    low = np.floor(flat.min(axis=0)) - _MARGIN
    size = np.ceil(flat.max(axis=0)).astype(int) + _MARGIN - low.astype(int)
    size += -size % MULTIPLE
    canvas = np.zeros((size[1] * finer, size[0] * finer, 4), np.uint8)
    _fill(canvas, turned, (flat - low) * finer, depth, _shade(turned, light))
    pixels = cv2.resize(canvas, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA)
    rider = _extent(flat[mesh.faces[mesh.rider]].reshape(-1, 2) - low) if mesh.rider.any() else None
    return Painted(cast(Bytes, pixels), (float(-low[0]), float(-low[1])), rider)


def _flatten(points: Floats, view: View) -> tuple[Floats, Floats]:
    """Pixels relative to the origin's, and distances along the view."""
    sin, cos = math.sin(view.elevation), math.cos(view.elevation)
    depth = view.distance + points[:, 0] * cos - points[:, 2] * sin
    size = view.scale * view.distance / np.maximum(depth, 0.25 * view.distance)
    across = -points[:, 1] * size
    down = -(points[:, 2] * cos + points[:, 0] * sin) * size
    return np.stack([across, down], axis=-1), depth


def _shade(mesh: Mesh, light: Light) -> Floats:
    """Lit colours, float [m, 3]."""
    corners = mesh.points[mesh.faces]
    normal = _cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normal /= np.sqrt((normal * normal).sum(axis=1, keepdims=True)) + 1e-12
    facing = normal @ np.array(light.sun)
    up = 0.5 + 0.5 * normal[:, 2:]
    strength = np.array(light.sky) * up + np.array(light.ground) * (1 - up)
    strength = strength + np.maximum(facing, 0.0)[:, None] * np.array(light.direct)
    # Halfway between the sun and the viewer, who is at minus x.
    half = np.array(light.sun) + np.array([-1.0, 0.0, 0.0])
    half /= float(np.linalg.norm(half)) + 1e-9
    shine = np.maximum(normal @ half, 0.0) ** 24 * mesh.gloss
    mirror = mesh.gloss * np.maximum(normal[:, 2], 0.0) ** 2 * 0.35
    sheen = (shine * 200)[:, None] * np.array(light.direct)
    sheen = sheen + (mirror * 130)[:, None] * np.array(light.sky)
    return cast(Floats, mesh.colours * strength + sheen)


def _fill(canvas: Bytes, mesh: Mesh, flat: Floats, depth: Floats, colours: Floats) -> None:
    corners = flat[mesh.faces]
    first, second = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    # Pixels count downwards, so what is counter-clockwise in the world has a negative area here.
    shown = np.flatnonzero(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] < 0)
    order = shown[
        np.argsort(mesh.front[shown] - depth[mesh.faces[shown]].mean(axis=1), kind="stable")
    ]
    outlines = np.rint(corners[order] * (1 << _SHIFT) - (1 << (_SHIFT - 1))).astype(np.int32)
    shades = np.clip(colours[order], 0, 255).tolist()
    for outline, (blue, green, red) in zip(outlines, shades, strict=True):
        cv2.fillConvexPoly(canvas, outline, (blue, green, red, 255), cv2.LINE_8, _SHIFT)


def _extent(points: Floats) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _cross(a: Floats, b: Floats) -> Floats:
    """The cross product by rows; NumPy's own is much slower on small arrays."""
    ax, ay, az = a.T
    bx, by, bz = b.T
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)
