"""Pictures of everything that moves, painted when first needed and kept.

A picture is right for one direction, one moment of the gait and one range of distances; in between
it is scaled, never enlarged by much. What is kept is bounded: the longest unused goes first.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import cast

import cv2
import numpy as np

from apps.streams.scenes.arrays import Bytes
from apps.streams.scenes.brush import Light, View, paint
from apps.streams.scenes.camera import Camera
from apps.streams.scenes.mesh import Mesh
from apps.streams.scenes.texture import smooth_noise

__all__ = ["Sprite", "SpriteStore", "level_of"]

#: Bytes of pictures that are kept.
_KEPT = 192 << 20
#: From one range of distances to the next.
_STEP = 1.6
_NEAREST = 2.5
#: Pixels per metre of the finest picture.
_FINEST = 300.0
#: A mask has one pixel for this many of the sprite, in each direction.
COARSE = 4
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
        area: pixels that are covered, in pixels of the mask.
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


class SpriteStore:
    """The pictures that one camera needs.

    Args:
        camera: who looks.
        light: what falls on things.
        shade: how dark a shadow is, 0..1.
    """

    def __init__(self, camera: Camera, light: Light, *, shade: float) -> None:
        self._camera = camera
        self._light = light
        self._shade = shade
        self._sprites: OrderedDict[tuple[int, ...], Sprite] = OrderedDict()
        self._bytes = 0

    def get(
        self,
        key: tuple[int, ...],
        make: Callable[[], Mesh],
        *,
        turn: float,
        level: int,
        tall: float,
    ) -> Sprite:
        """The picture of something, painted if need be.

        Args:
            key: of the thing and its pose; direction and range of distances included.
            make: its shape.
            turn: heading, radians from the direction of view.
            level: range of distances.
            tall: height, metres.
        """
        found = self._sprites.get(key)
        if found is not None:
            self._sprites.move_to_end(key)
            return found
        sprite = self._paint(make(), turn=turn, level=level, tall=tall, seed=key[0])
        self._sprites[key] = sprite
        self._bytes += sprite.pixels.nbytes
        while self._bytes > _KEPT and len(self._sprites) > 1:
            _, oldest = self._sprites.popitem(last=False)
            self._bytes -= oldest.pixels.nbytes
        return sprite

    def _paint(self, mesh: Mesh, *, turn: float, level: int, tall: float, seed: int) -> Sprite:
        near = _NEAREST * _STEP**level
        distance = near * math.sqrt(_STEP)
        drop = self._camera.z - tall / 2
        elevation = math.atan2(drop, math.sqrt(max(distance**2 - drop**2, 1.0)))
        scale = min(self._camera.focal / near, _FINEST)
        view = View(turn, distance, min(elevation, 1.3), scale)
        painted = paint(mesh, view, self._light, finer=2 if scale > 60 else 3)
        pixels = _worn(painted.pixels, seed)
        mask = cast(
            Bytes,
            cv2.resize(
                pixels[..., 3], None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA
            ),
        )
        shadow = 255 - mask * self._shade
        bounds = _bounds(pixels[..., 3])
        pixels[..., 3] = 255 - pixels[..., 3]
        return Sprite(
            pixels,
            mask,
            painted.anchor,
            _rise(view, tall),
            scale,
            bounds,
            painted.rider,
            int(np.count_nonzero(mask > 127)),
            cast(Bytes, shadow.astype(np.uint8)),
        )


def _rise(view: View, tall: float) -> float:
    sin, cos = math.sin(view.elevation), math.cos(view.elevation)
    return tall * cos * view.scale * view.distance / (view.distance - tall * sin)


def _worn(pixels: Bytes, seed: int) -> Bytes:
    """Folds and grain of cloth and dust, and the softness of a lens."""
    height, width = pixels.shape[:2]
    left, top = seed * 37 % _GRAIN_SIZE, seed * 91 % _GRAIN_SIZE
    noise = _grain(
        -(-(height + _GRAIN_SIZE) // _GRAIN_SIZE), -(-(width + _GRAIN_SIZE) // _GRAIN_SIZE)
    )
    cv2.multiply(pixels, noise[top : top + height, left : left + width], dst=pixels, scale=1 / 128)
    return cast(Bytes, cv2.GaussianBlur(pixels, (3, 3), 0.55))


@cache
def _grain(rows: int, columns: int) -> Bytes:
    """Factors around 128 for three colours, and 128 for the coverage."""
    noise = 1 + 0.035 * smooth_noise(_GRAIN_SIZE, 0.7, 21) + 0.05 * smooth_noise(_GRAIN_SIZE, 5, 22)
    factors = np.full((_GRAIN_SIZE, _GRAIN_SIZE, 4), 128, np.uint8)
    # Not above 128, or a colour would be brighter than its coverage.
    factors[..., :3] = np.clip(noise * 118, 90, 128)[..., None]
    return np.tile(factors, (rows, columns, 1))


def _bounds(coverage: Bytes) -> tuple[float, float, float, float]:
    rows = np.flatnonzero((coverage > 127).any(axis=1))
    columns = np.flatnonzero((coverage > 127).any(axis=0))
    if not len(rows):
        return 0.0, 0.0, float(coverage.shape[1]), float(coverage.shape[0])
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
