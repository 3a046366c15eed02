"""Paints solid shapes: lights the faces, draws the farthest first, and smooths the edges.

This package multiplies colours by their coverage (the fourth channel), so that pictures can be
scaled and overlaid without dark or bright edges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from apps.scenes.arrays import Bytes, Floats, Indices, Point
from apps.scenes.shapes.mesh import Mesh

__all__ = ["MULTIPLE", "Light", "Painted", "ShapeView", "paint"]

#: Fractional bits of OpenCV's coordinates.
_SHIFT = 4
_MARGIN = 3
#: Shapes are drawn at this multiple of the final size.
_FINER = 2
#: Width and height of a picture are multiples of this, so that it can be reduced by this factor.
MULTIPLE = 4


@dataclass(frozen=True)
class Light:
    """Light on a thing, in the axes of the camera: x away from it, y left, z up.

    Attributes:
        sun: unit vector towards the strongest light.
        direct: its strength on a face towards it; blue, green, red.
        sky: strength of the diffuse light from above; blue, green, red.
        ground: strength of the diffuse light from below; blue, green, red.
    """

    sun: Point
    direct: Point
    sky: Point
    ground: Point


@dataclass(frozen=True)
class ShapeView:
    """The direction, distance and scale at which a shape is seen.

    Attributes:
        turn: heading of the shape, radians counter-clockwise from the direction of view.
        distance: metres from the camera to the shape's origin.
        elevation: of the camera as seen from the shape, radians.
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
        rider: left, top, right, bottom of the rider, pixels; None without a rider.
    """

    pixels: Bytes
    anchor: tuple[float, float]
    rider: tuple[float, float, float, float] | None


def paint(mesh: Mesh, view: ShapeView, light: Light) -> Painted:
    """Paint a shape.

    Args:
        mesh: the shape.
        view: direction, distance and scale.
        light: light on the shape.
    """
    turned = mesh.turned(view.turn)
    flat, depth = _flatten(turned.points, view)
    low = np.floor(flat.min(axis=0)) - _MARGIN
    size = np.ceil(flat.max(axis=0)).astype(int) + _MARGIN - low.astype(int)
    size += -size % MULTIPLE
    flat -= low
    width, height = size.tolist()
    canvas = np.zeros((height * _FINER, width * _FINER, 4), np.uint8)
    order = _order(turned, flat, depth)
    _fill(canvas, flat[mesh.faces[order]] * _FINER, _shade(turned, order, light))
    pixels = cast(Bytes, cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA))
    rider = _extent(flat[mesh.faces[mesh.rider]].reshape(-1, 2)) if mesh.rider.any() else None
    return Painted(pixels, (float(-low[0]), float(-low[1])), rider)


def _flatten(points: Floats, view: ShapeView) -> tuple[Floats, Floats]:
    """Pixels relative to the origin, float [n, 2], and distances along the view, metres [n]."""
    sin, cos = math.sin(view.elevation), math.cos(view.elevation)
    depth = view.distance + points[:, 0] * cos - points[:, 2] * sin
    size = view.scale * view.distance / np.maximum(depth, 0.25 * view.distance)
    across = -points[:, 1] * size
    down = -(points[:, 2] * cos + points[:, 0] * sin) * size
    return np.stack([across, down], axis=-1), depth


def _order(mesh: Mesh, flat: Floats, depth: Floats) -> Indices:
    """The faces that point to the camera, the farthest first."""
    corners = flat[mesh.faces]
    first, second = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    # Pixels count downwards, so a counter-clockwise face of the world has a negative area here.
    shown = np.flatnonzero(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] < 0)
    far = depth[mesh.faces[shown]].sum(axis=1) / 4 - mesh.front[shown]
    return shown[np.argsort(-far, kind="stable")]


def _shade(mesh: Mesh, faces: Indices, light: Light) -> Floats:
    """Lit colours of some faces, float [k, 3]."""
    corners = mesh.points[mesh.faces[faces]]
    normal = _cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normal /= np.sqrt((normal * normal).sum(axis=1, keepdims=True)) + 1e-12
    up = 0.5 + 0.5 * normal[:, 2:]
    strength = np.array(light.ground) + (np.array(light.sky) - np.array(light.ground)) * up
    strength += np.maximum(normal @ np.array(light.sun), 0.0)[:, None] * np.array(light.direct)
    lit = mesh.colours[faces] * strength
    gloss = mesh.gloss[faces]
    if gloss.any():
        lit += _sheen(normal, gloss, light)
    return cast(Floats, lit)


def _sheen(normal: Floats, gloss: Floats, light: Light) -> Floats:
    """Reflections of the sun and the sky on smooth surfaces."""
    # Halfway between the sun and the viewer at minus x.
    half = np.array(light.sun) + np.array([-1.0, 0.0, 0.0])
    half /= float(np.linalg.norm(half)) + 1e-9
    shine = np.maximum(normal @ half, 0.0) ** 24 * gloss * 200
    mirror = np.maximum(normal[:, 2], 0.0) ** 2 * gloss * 45
    return cast(
        Floats, shine[:, None] * np.array(light.direct) + mirror[:, None] * np.array(light.sky)
    )


def _fill(canvas: Bytes, outlines: Floats, colours: Floats) -> None:
    corners = np.rint(outlines * (1 << _SHIFT) - (1 << (_SHIFT - 1))).astype(np.int32)
    shades = np.clip(colours, 0, 255).tolist()
    for outline, (blue, green, red) in zip(corners, shades, strict=True):
        cv2.fillConvexPoly(canvas, outline, (blue, green, red, 255), cv2.LINE_8, _SHIFT)


def _extent(points: Floats) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _cross(a: Floats, b: Floats) -> Floats:
    """The cross product by rows; `numpy.cross` is much slower on small arrays."""
    ax, ay, az = a.T
    bx, by, bz = b.T
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)
