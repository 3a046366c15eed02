"""Pictures of everything that moves, painted when first needed and kept.

A picture is right for one direction, one moment of the gait and one range of distances; in between
it is scaled, by little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import cast

import cv2
import numpy as np

from apps.scenes.arrays import Bytes
from apps.scenes.drawing.brush import MULTIPLE, Light, View, paint
from apps.scenes.drawing.camera import Camera
from apps.scenes.drawing.texture import smooth_noise
from apps.scenes.shapes.mesh import Mesh

__all__ = ["COARSE", "Sprite", "level_of", "make_sprite", "view_of"]

#: From one range of distances to the next.
_STEP = 1.6
_NEAREST = 2.5
#: The finest picture: pixels per metre, and pixels from the ground to the top.
_FINEST, _TALLEST = 220.0, 360.0
#: A mask has one pixel for this many of the sprite, in each direction.
COARSE = MULTIPLE
#: Pixels of a side of the grain.
_GRAIN_SIZE = 256


@dataclass(frozen=True)
class Sprite:
    """A picture of one thing from one side.

    Attributes:
        pixels: uint8 [h, w, 4]: blue, green, red (multiplied by the coverage) and 255 - coverage.
        mask: uint8 [h / 4, w / 4]: coverage.
        anchor: pixel of the thing's origin on the ground.
        rise: pixels from there up to the thing's top, were it a stick.
        scale: pixels per metre, across.
        bounds: left, top, right, bottom of what is covered, pixels.
        rider: the same of the rider's part; None without one.
        area: pixels that are covered.
        shadow: uint8 [h / 4, w / 4]: what its shadow leaves of the light, 0..255.
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
    """The range of distances that a depth in metres lies in."""
    return max(0, math.floor(math.log(max(depth, 0.1) / _NEAREST) / math.log(_STEP)))


def view_of(camera: Camera, turn: float, level: int, tall: float, broad: float) -> View:
    """How a thing in a range of distances is seen.

    Args:
        camera: who looks.
        turn: heading of the thing, radians from the direction of view.
        level: range of distances.
        tall: height of the thing, metres.
        broad: its longer side, metres.
    """
    distance = _NEAREST * _STEP ** (level + 0.5)
    drop = camera.z - tall / 2
    elevation = math.atan2(drop, math.sqrt(max(distance**2 - drop**2, 1.0)))
    scale = min(camera.focal / distance, _FINEST, _TALLEST / max(tall, 0.75 * broad))
    return View(turn, distance, min(elevation, 1.3), scale)


def make_sprite(
    mesh: Mesh, view: View, light: Light, tall: float, shade: float, *, wear: float = 1.0
) -> Sprite:
    """A picture of a shape.

    Args:
        mesh: the shape.
        view: from where it is seen.
        light: what falls on it.
        tall: its height, metres.
        shade: how dark its shadow is, 0..1.
        wear: how much its surfaces are worn: 1 for cloth, 0 for new paint.
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


def _rise(view: View, tall: float) -> float:
    sin, cos = math.sin(view.elevation), math.cos(view.elevation)
    return tall * cos * view.scale * view.distance / (view.distance - tall * sin)


def _worn(pixels: Bytes, seed: int, wear: float) -> Bytes:
    """Folds and grain of cloth and dust, and the softness of a lens."""
    height, width = pixels.shape[:2]
    left, top = seed * 37 % _GRAIN_SIZE, seed * 91 % _GRAIN_SIZE
    noise = _grain(wear, height // _GRAIN_SIZE + 2, width // _GRAIN_SIZE + 2)
    cv2.multiply(pixels, noise[top : top + height, left : left + width], dst=pixels, scale=1 / 128)
    return cast(Bytes, cv2.GaussianBlur(pixels, (3, 3), 0.55))


@cache
def _grain(wear: float, rows: int, columns: int) -> Bytes:
    """Factors around 128 for three colours, and 128 for the coverage."""
    noise = 1 + 0.035 * smooth_noise(_GRAIN_SIZE, 0.7, 21) + 0.05 * smooth_noise(_GRAIN_SIZE, 5, 22)
    factors = np.full((_GRAIN_SIZE, _GRAIN_SIZE, 4), 128, np.uint8)
    # Not above 128, or a colour would be brighter than its coverage.
    factors[..., :3] = np.clip(128 - wear * (128 - noise * 118), 90, 128)[..., None]
    return np.tile(factors, (rows, columns, 1))


def _bounds(coverage: Bytes) -> tuple[float, float, float, float]:
    rows = np.flatnonzero((coverage > 127).any(axis=1))
    columns = np.flatnonzero((coverage > 127).any(axis=0))
    if not len(rows):
        return 0.0, 0.0, float(coverage.shape[1]), float(coverage.shape[0])
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
