"""Glow of the lamps of vehicles at night."""

from __future__ import annotations

import math
from functools import cache

import cv2
import numpy as np

from apps.scenes.arrays import Bytes, Floats
from apps.scenes.drawing.camera import NEAREST, SceneCamera
from apps.scenes.drawing.compositing import Rect, intersection
from apps.scenes.shapes.looks import VehicleLook
from apps.scenes.world.mover import Mover

__all__ = ["shine"]

_WHITE, _RED = (150.0, 190.0, 205.0), (20.0, 14.0, 150.0)
_SIZE = 64


def shine(
    picture: Bytes, camera: SceneCamera, mover: Mover, look: VehicleLook, shake: tuple[int, int]
) -> None:
    """Add the light of a vehicle's lamps to a picture, in place."""
    ahead = np.array([math.cos(mover.heading), math.sin(mover.heading), 0.0])
    side = np.array([-ahead[1], ahead[0], 0.0])
    for end, colour, size in ((1, _WHITE, 0.9), (-1, _RED, 0.4)):
        middle = np.array([mover.x, mover.y, 0.36 * look.height]) + ahead * (end * look.length / 2)
        towards = camera.position - middle
        facing = float(towards @ ahead) * end / float(np.linalg.norm(towards))
        if facing < 0.1:
            continue
        half = side * (look.width * 0.35)
        pixels, depth = camera.project(np.stack([middle - half, middle + half]))
        if depth.min() < NEAREST * 4:
            continue
        radius = size * facing * camera.focal / float(depth.mean())
        for pixel in pixels + shake:
            _add(picture, pixel, radius, colour)


def _add(picture: Bytes, middle: Floats, radius: float, colour: tuple[float, float, float]) -> None:
    size = max(3, round(2 * radius))
    left, top = round(float(middle[0]) - size / 2), round(float(middle[1]) - size / 2)
    whole = Rect(0, 0, picture.shape[1], picture.shape[0])
    part = intersection(Rect(left, top, left + size, top + size), whole)
    if part is None:
        return
    halo = cv2.resize(_halo(), (size, size))[
        part.top - top : part.bottom - top, part.left - left : part.right - left
    ]
    light = (halo[..., None] * np.array(colour, np.float32)).astype(np.uint8)
    under = picture[part.top : part.bottom, part.left : part.right]
    cv2.add(under, light, dst=under)


@cache
def _halo() -> Floats:
    axis = (np.arange(_SIZE, dtype=np.float32) - (_SIZE - 1) / 2) / (_SIZE / 2)
    far = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
    halo: Floats = np.clip(1 - far, 0, 1) ** 2.5
    return halo
