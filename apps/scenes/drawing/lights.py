"""Draws the lamps of traffic lights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from apps.scenes.arrays import Bytes, Colour
from apps.scenes.drawing.camera import NEAREST, SceneCamera
from apps.scenes.world.place import Place, Prop

__all__ = ["GREEN_HEIGHT", "RED_HEIGHT", "TrafficLights"]

#: Heights of the lamps above the ground, metres.
RED_HEIGHT, GREEN_HEIGHT = 2.95, 2.45
_RED: Colour = (60.0, 60.0, 250.0)
_GREEN: Colour = (140.0, 240.0, 80.0)
_RADIUS = 0.085
_SHIFT = 4


@dataclass(frozen=True)
class _Lamp:
    """A lamp: its pixel without camera shake, its radius, its phase and its colour."""

    at: tuple[float, float]
    radius: float
    phase: int
    red: bool


class TrafficLights:
    """The lamps of a place that face a camera.

    Args:
        camera: that takes the pictures.
        place: its props of kind `signal` have lamps; their `look` is the phase of their green.
    """

    def __init__(self, camera: SceneCamera, place: Place) -> None:
        self._signal = place.signal
        self._lamps: list[_Lamp] = []
        for prop in place.props:
            if prop.kind == "signal" and place.signal is not None:
                self._lamps += _lamps(camera, prop)

    def draw(self, picture: Bytes, seconds: float, shake: tuple[int, int]) -> None:
        """Draw the lamps that are lit at a time of the world, in place."""
        if self._signal is None:
            return
        phase = self._signal.phase(seconds)
        for lamp in self._lamps:
            if lamp.red == (phase == lamp.phase):
                continue
            x, y = (value + moved - 0.5 for value, moved in zip(lamp.at, shake, strict=True))
            middle = (round(x * (1 << _SHIFT)), round(y * (1 << _SHIFT)))
            radius = round(lamp.radius * (1 << _SHIFT))
            colour = _RED if lamp.red else _GREEN
            cv2.circle(picture, middle, radius, colour, -1, cv2.LINE_AA, _SHIFT)


def _lamps(camera: SceneCamera, prop: Prop) -> list[_Lamp]:
    dx, dy = math.cos(prop.turn), math.sin(prop.turn)
    if dx * (camera.x - prop.x) + dy * (camera.y - prop.y) < 0.3:
        return []  # it faces away
    found = []
    for high, red in ((RED_HEIGHT, True), (GREEN_HEIGHT, False)):
        pixel, depth = camera.project(np.array([[prop.x + 0.24 * dx, prop.y + 0.24 * dy, high]]))
        if depth[0] > NEAREST:
            x, y = pixel[0].tolist()
            radius = _RADIUS * camera.focal / float(depth[0])
            found.append(_Lamp((x, y), radius, prop.look, red))
    return found
