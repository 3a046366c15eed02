"""Sprites: pictures of one thing, painted once and used many times.

A sprite fits one direction, one moment of the gait and one range of distances. Within the range it
is scaled slightly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import cast

import cv2
import numpy as np

from apps.scenes.arrays import Bytes
from apps.scenes.drawing.camera import SceneCamera
from apps.scenes.drawing.painting import MULTIPLE, Light, ShapeView, paint
from apps.scenes.drawing.texture import smooth_noise
from apps.scenes.shapes.mesh import Mesh

__all__ = ["COARSE", "Sprite", "level_of", "make_sprite", "view_of"]

#: Ratio of two neighbouring ranges of distances.
_STEP = 1.6
_NEAREST = 2.5
#: Limits of the finest sprite: pixels per metre, and height in pixels.
_FINEST, _TALLEST = 220.0, 360.0
#: Pixels of the sprite per pixel of its mask, in each direction.
COARSE = MULTIPLE
#: Size of the grain texture, pixels.
_GRAIN_SIZE = 256


@dataclass(frozen=True)
class Sprite:
    """A picture of one thing from one side.

    Attributes:
        pixels: uint8 [h, w, 4]: blue, green, red (multiplied by the coverage) and 255 - coverage.
        mask: uint8 [h / 4, w / 4]: coverage.
        anchor: pixel of the origin on the ground.
        rise: pixels from the anchor up to the point at full height above it.
        scale: horizontal pixels per metre.
        bounds: left, top, right, bottom of the covered pixels.
        rider: the same for the rider; None without a rider.
        area: number of covered pixels.
        shadow: uint8 [h / 4, w / 4]: share of the light that remains in its shadow, 0..255.
    """

    pixels: Bytes
    mask: Bytes
    anchor: tuple[float, float]
    rise: float
    scale: float
    bounds: tuple[float, float, float, float]
    rider: tuple[float, float, float, float] | None
    area: int
    shadow: Bytes


def level_of(depth: float) -> int:
    """The number of the range of distances that contains a depth in metres."""
    return max(0, math.floor(math.log(max(depth, 0.1) / _NEAREST) / math.log(_STEP)))


def view_of(camera: SceneCamera, turn: float, level: int, tall: float, broad: float) -> ShapeView:
    """The view of a thing in a range of distances.

    Args:
        camera: that takes the pictures.
        turn: heading of the thing, radians from the direction of view.
        level: number of the range of distances.
        tall: height of the thing, metres.
        broad: its longer side, metres.
    """
    distance = _NEAREST * _STEP ** (level + 0.5)
    drop = camera.z - tall / 2
    elevation = math.atan2(drop, math.sqrt(max(distance**2 - drop**2, 1.0)))
    scale = min(camera.focal / distance, _FINEST, _TALLEST / max(tall, 0.75 * broad))
    return ShapeView(turn, distance, min(elevation, 1.3), scale)


def make_sprite(
    mesh: Mesh, view: ShapeView, light: Light, tall: float, shade: float, *, wear: float = 1.0
) -> Sprite:
    """Paint the sprite of a shape.

    Args:
        mesh: the shape.
        view: direction, distance and scale.
        light: light on the shape.
        tall: its height, metres.
        shade: share of the light that its shadow takes away, 0..1.
        wear: unevenness of its surfaces: 1 for cloth, 0 for new paint.
    """
    painted = paint(mesh, view, light)
    pixels = _worn(painted.pixels, round(mesh.colours.sum()), wear)
    size = (pixels.shape[1] // COARSE, pixels.shape[0] // COARSE)
    coverage = pixels[..., 3].copy()
    mask = cast(Bytes, cv2.resize(coverage, size, interpolation=cv2.INTER_AREA))
    pixels[..., 3] = 255 - coverage
    return Sprite(
        pixels=pixels,
        mask=mask,
        anchor=painted.anchor,
        rise=_rise(view, tall),
        scale=view.scale,
        bounds=_bounds(coverage),
        rider=painted.rider,
        area=int(np.count_nonzero(coverage > 127)),
        shadow=(255 - mask * shade).astype(np.uint8),
    )


def _rise(view: ShapeView, tall: float) -> float:
    sin, cos = math.sin(view.elevation), math.cos(view.elevation)
    return tall * cos * view.scale * view.distance / (view.distance - tall * sin)


def _worn(pixels: Bytes, seed: int, wear: float) -> Bytes:
    """Add folds and grain, and the blur of the lens."""
    height, width = pixels.shape[:2]
    left, top = seed * 37 % _GRAIN_SIZE, seed * 91 % _GRAIN_SIZE
    noise = _grain(wear, height // _GRAIN_SIZE + 2, width // _GRAIN_SIZE + 2)
    cv2.multiply(pixels, noise[top : top + height, left : left + width], dst=pixels, scale=1 / 128)
    return cast(Bytes, cv2.GaussianBlur(pixels, (3, 3), 0.55))


@cache
def _grain(wear: float, rows: int, columns: int) -> Bytes:
    """Factors, uint8 [h, w, 4]: at most 128 for the colours, 128 for the coverage."""
    noise = 1 + 0.035 * smooth_noise(_GRAIN_SIZE, 0.7, 21) + 0.05 * smooth_noise(_GRAIN_SIZE, 5, 22)
    factors = np.full((_GRAIN_SIZE, _GRAIN_SIZE, 4), 128, np.uint8)
    # Above 128 a colour would exceed its coverage.
    factors[..., :3] = np.clip(128 - wear * (128 - noise * 118), 90, 128)[..., None]
    return np.tile(factors, (rows, columns, 1))


def _bounds(coverage: Bytes) -> tuple[float, float, float, float]:
    rows = np.flatnonzero((coverage > 127).any(axis=1))
    columns = np.flatnonzero((coverage > 127).any(axis=0))
    if not len(rows):
        return 0.0, 0.0, float(coverage.shape[1]), float(coverage.shape[0])
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
