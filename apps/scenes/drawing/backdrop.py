"""Draws the empty place of a camera: sky, ground, walls and windows, with light and haze.

The backdrop is drawn once for each camera. It extends beyond the picture on every side, so that a
shaking camera has pixels there.
"""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np

from apps.scenes.arrays import Bytes, Floats
from apps.scenes.drawing.camera import NEAREST, SceneCamera
from apps.scenes.drawing.texture import smooth_noise, tile
from apps.scenes.world.place import Patch, Place, Weather

__all__ = ["MARGIN", "backdrop", "light_at"]

#: Pixels around the picture.
MARGIN = 8

_FINER = 2
#: Brightness of the surroundings, whose colours are those of a dull day.
_EXPOSURE = 1.14
_SHIFT = 4
#: Distance at which haze replaces half of the colour, metres.
_HAZE = 260.0


def backdrop(camera: SceneCamera, place: Place) -> Bytes:
    """The empty place, uint8 [height + 2 * MARGIN, width + 2 * MARGIN, 3], blue-green-red."""
    wall = _Wall(camera, place)
    for patch in place.patches:
        wall.add(patch)
    return wall.finish()


def light_at(weather: Weather, places: Floats) -> Floats:
    """Brightness near the ground at some points, float [n]; 1 in a place without lamps.

    Args:
        weather: of the place.
        places: points on the ground, float [n, 2] metres.
    """
    if not weather.lamps:
        return np.ones(len(places))
    light = np.zeros(len(places))
    for x, y in weather.lamps:
        square = (places[:, 0] - x) ** 2 + (places[:, 1] - y) ** 2
        light += 1.0 / (1 + square / 22.0) ** 1.5
    return cast(Floats, np.minimum(0.34 + 1.0 * light, 1.35))


class _Wall:
    """A backdrop while it is drawn."""

    def __init__(self, camera: SceneCamera, place: Place) -> None:
        self._camera = camera
        self._place = place
        self._size = (camera.width + 2 * MARGIN, camera.height + 2 * MARGIN)
        width, height = self._size
        self._fine = np.zeros((height * _FINER, width * _FINER, 3), np.uint8)
        self._shades = np.ones((height, width), np.float32)
        self._glow = np.zeros((height, width), np.float32)
        self._depth = np.full((height, width), 1e4, np.float32)
        self._spots = np.full((height, width, 2), 1e4, np.float32)
        x, y = np.meshgrid(np.arange(width) - MARGIN + 0.5, np.arange(height) - MARGIN + 0.5)
        flat = np.stack(
            [
                (x - camera.width / 2) / camera.focal,
                (y - camera.height / 2) / camera.focal,
                np.ones_like(x),
            ],
            axis=-1,
        )
        self._rays = (flat @ camera.axes).astype(np.float32)
        self._fine[:] = _sky(self._size, place.weather, camera)

    def add(self, patch: Patch) -> None:
        """Paint one patch over the earlier ones."""
        corners = np.array(patch.corners, float)
        normal = _normal(corners)
        if float((corners[0] - self._camera.position) @ normal) >= 0:
            return  # seen from behind
        outline = _clipped(self._camera.seen(corners), self._camera)
        if len(outline) < 3:
            return
        pixels = self._camera.picture(outline) + MARGIN
        fine = np.rint(pixels * (_FINER << _SHIFT)).astype(np.int32)
        blue, green, red = patch.colour
        cv2.fillConvexPoly(self._fine, fine, (blue, green, red), cv2.LINE_AA, _SHIFT)
        self._mark(patch, corners, normal, pixels)

    def _mark(self, patch: Patch, corners: Floats, normal: Floats, pixels: Floats) -> None:
        """Record texture, distance and ground point of the pixels of a patch."""
        width, height = self._size
        left, top = np.maximum(np.floor(pixels.min(axis=0)).astype(int), 0)
        right, bottom = np.minimum(np.ceil(pixels.max(axis=0)).astype(int) + 1, (width, height))
        if right <= left or bottom <= top:
            return
        if not patch.texture:
            whole = np.rint(pixels * (1 << _SHIFT)).astype(np.int32)
            cv2.fillConvexPoly(self._shades, whole, (1.0,), cv2.LINE_8, _SHIFT)
            cv2.fillConvexPoly(self._glow, whole, (patch.glow,), cv2.LINE_8, _SHIFT)
            return
        mask = np.zeros((bottom - top, right - left), np.uint8)
        local = np.rint((pixels - (left, top)) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillConvexPoly(mask, local, (1,), cv2.LINE_8, _SHIFT)
        window = np.s_[top:bottom, left:right]
        inside = mask.astype(bool)
        rays = self._rays[window][inside]
        slant = rays @ normal.astype(np.float32)
        slant = np.where(np.abs(slant) < 1e-4, 1e-4, slant)
        depth = np.clip(float((corners[0] - self._camera.position) @ normal) / slant, 0.1, 1e4)
        spots = self._camera.position.astype(np.float32) + rays * depth[:, None]
        self._shades[window][inside] = self._texture(patch, normal, spots, depth, slant)
        self._glow[window][inside] = patch.glow
        self._depth[window][inside] = depth
        self._spots[window][inside] = spots[:, :2]

    def _texture(
        self, patch: Patch, normal: Floats, spots: Floats, depth: Floats, slant: Floats
    ) -> Floats:
        surface = tile(patch.texture)
        if surface is None:
            return np.ones(len(spots), np.float32)
        if abs(normal[2]) > 0.7:
            across, along = spots[:, 0], spots[:, 1]
        else:
            across, along = spots @ np.array([-normal[1], normal[0], 0.0], np.float32), spots[:, 2]
        size = surface.shades.shape[0]
        column = (across / surface.metres * size).astype(np.int64) % size
        row = (along / surface.metres * size).astype(np.int64) % size
        # Detail smaller than a pixel would only flicker.
        pixel = depth / self._camera.focal / np.clip(np.abs(slant), 0.03, 1)
        contrast = np.clip(1.3 * surface.detail / pixel - 0.3, 0, 1)
        return cast(Floats, 1 + (surface.shades[row, column] - 1) * contrast)

    def finish(self) -> Bytes:
        """Apply light, haze and the blur of the lens."""
        shrunk = cv2.resize(self._fine, self._size, interpolation=cv2.INTER_AREA)
        image = cast(Floats, shrunk.astype(np.float32))
        image *= self._shades[..., None]
        weather = self._place.weather
        if weather.lamps:
            light = light_at(weather, self._spots.reshape(-1, 2)).reshape(self._shades.shape)
            light = np.maximum(light.astype(np.float32), 0.12) * np.exp(-self._depth / 160)
            light = np.maximum(light, self._glow)
            image *= light[..., None]
        elif not self._place.indoors:
            haze = 1 - np.exp2(-self._depth / _HAZE)
            haze[self._depth > 9e3] = 0
            image += (np.array([214, 206, 198], np.float32) - image) * haze[..., None] * 0.8
        image *= np.array(weather.tint, np.float32) * _EXPOSURE
        image *= _vignette(self._size)[..., None]
        image = cast(Floats, cv2.GaussianBlur(image, (0, 0), 0.55))
        return cast(Bytes, np.clip(image, 0, 255).astype(np.uint8))


def _normal(corners: Floats) -> Floats:
    """The normal of an outline, a unit vector."""
    first, second = corners[1] - corners[0], corners[2] - corners[0]
    across = np.array(
        [
            first[1] * second[2] - first[2] * second[1],
            first[2] * second[0] - first[0] * second[2],
            first[0] * second[1] - first[1] * second[0],
        ]
    )
    return cast(Floats, across / (math.sqrt(float(across @ across)) + 1e-12))


def _clipped(seen: Floats, camera: SceneCamera) -> Floats:
    """Clip an outline to a field of view somewhat wider than the camera's."""
    wide = 1.6 * camera.width / 2 / camera.focal
    high = 1.6 * camera.height / 2 / camera.focal
    sides = ((0, 0, 1.0), (1, 0, wide), (-1, 0, wide), (0, 1, high), (0, -1, high))
    for x, y, z in sides:
        inside = seen @ np.array([x, y, z]) - (NEAREST if x == y == 0 else 0.0)
        if inside.min() >= 0:
            continue
        kept = []
        for index, here in enumerate(inside):
            following = (index + 1) % len(seen)
            there = inside[following]
            if here >= 0:
                kept.append(seen[index])
            if (here >= 0) != (there >= 0):
                kept.append(seen[index] + (seen[following] - seen[index]) * here / (here - there))
        if len(kept) < 3:
            return seen[:0]
        seen = np.array(kept)
    return seen


def _sky(size: tuple[int, int], weather: Weather, camera: SceneCamera) -> Bytes:
    width, height = size
    horizon = camera.height / 2 - camera.focal * math.tan(camera.pitch)
    down = np.clip((np.arange(height) - MARGIN) / max(horizon, 1.0), -1.5, 1.0)[:, None]
    top, low = np.array([196.0, 158.0, 122.0]), np.array([226.0, 216.0, 206.0])
    if weather.lamps:
        top, low = np.array([46.0, 30.0, 24.0]), np.array([70.0, 52.0, 48.0])
    sky = top + (low - top) * ((1 + down) / 2)[..., None]
    clouds = np.clip(smooth_noise(512, 26, 77) + 0.5 * smooth_noise(512, 9, 78), 0, 2) / 2
    layer = cv2.resize(clouds[:256], (width, height), interpolation=cv2.INTER_CUBIC)
    sky = sky + (np.array([236.0, 234.0, 232.0]) - sky) * (layer * 0.55)[..., None] * (
        0.15 if weather.lamps else 1.0
    )
    fine = cv2.resize(sky.astype(np.float32), (width * _FINER, height * _FINER))
    return cast(Bytes, np.clip(fine, 0, 255).astype(np.uint8))


def _vignette(size: tuple[int, int]) -> Floats:
    width, height = size
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    return cast(Floats, (1 - 0.1 * (x**2 + y**2) / 2 * 1.4).astype(np.float32))
