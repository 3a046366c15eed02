"""Shadows on the ground: of the sun where it shines, and of the sky under everything."""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np

from apps.streams.scenes.arrays import Bytes, Floats
from apps.streams.scenes.camera import NEAREST, Camera
from apps.streams.scenes.looks import VehicleLook
from apps.streams.scenes.mover import Label, Mover
from apps.streams.scenes.place import Place
from apps.streams.scenes.sprite import COARSE
from apps.streams.scenes.stage import Placement, darken

__all__ = ["Shadows", "darkness"]

_BLOB = 24
#: Metres across of the soft dark spot under things.
_BLOB_SIZE = {Label.PERSON: 1.0, Label.BIKE: 1.7, Label.CONE: 0.75}


def darkness(place: Place) -> float:
    """How much light a shadow takes, 0..1."""
    return 0.2 + 0.7 * place.weather.direct


class Shadows:
    """The shadows of one camera's pictures.

    Args:
        camera: who looks.
        place: where the sun is, and how strong.
    """

    def __init__(self, camera: Camera, place: Place) -> None:
        self._camera = camera
        sun = place.weather.sun
        self._away = (-sun[0] / sun[2], -sun[1] / sun[2])
        self._sunny = place.weather.direct > 0 and not place.indoors
        self._strength = darkness(place)
        self._blob = _blob()

    def of_feet(self, picture: Bytes, mover: Mover, placement: Placement, height: float) -> None:
        """Darken the ground around somebody, in place."""
        foot_x, foot_y = placement.at(*placement.sprite.anchor)
        size = _BLOB_SIZE[mover.label]
        wide = placement.wide * placement.sprite.scale * size / _BLOB
        far = math.hypot(mover.x - self._camera.x, mover.y - self._camera.y)
        tall = wide * max(0.18, math.sin(math.atan2(self._camera.z, far)))
        middle = _BLOB / 2
        darken(
            picture,
            self._blob,
            (wide, 0.0, tall, foot_x - wide * middle, foot_y - tall * middle),
        )
        if self._sunny:
            self._sunlit(picture, mover, placement, height)

    def of_vehicle(
        self, picture: Bytes, mover: Mover, look: VehicleLook, placement: Placement
    ) -> None:
        """Darken the ground under and beside a vehicle, in place."""
        sin, cos = math.sin(mover.heading), math.cos(mover.heading)
        x, y = look.length / 2, look.width / 2
        turn = np.array([[cos, sin], [-sin, cos]])
        corners = np.array([(x, -y), (x, y), (-x, y), (-x, -y)]) @ turn + (mover.x, mover.y)
        if self._sunny:
            shifted = corners + np.array(self._away) * look.height * 0.85
            corners = np.concatenate([corners, shifted])
        ground = np.zeros((len(corners) + 1, 3))
        ground[:-1, :2], ground[-1, :2] = corners, (mover.x, mover.y)
        pixels, depth = self._camera.project(ground)
        if depth.min() > NEAREST:
            moved = np.array(placement.at(*placement.sprite.anchor)) - pixels[-1]
            self._soft(picture, pixels[:-1] + moved)

    def _sunlit(self, picture: Bytes, mover: Mover, placement: Placement, height: float) -> None:
        """The outline of the thing, laid down on the ground away from the sun."""
        sprite = placement.sprite
        u, v = sprite.anchor
        foot_x, foot_y = placement.at(u, v)
        end = (mover.x + self._away[0] * height, mover.y + self._away[1] * height)
        pixels, depth = self._camera.project(
            np.array([(mover.x, mover.y, 0.0), (end[0], end[1], 0.0)])
        )
        if depth[1] < NEAREST:
            return
        lean, tall = ((pixels[0] - pixels[1]) / sprite.rise).tolist()
        wide = placement.wide
        x0, y0 = foot_x - wide * u - lean * v, foot_y - tall * v
        darken(picture, sprite.shadow, (wide * COARSE, lean * COARSE, tall * COARSE, x0, y0))

    def _soft(self, picture: Bytes, outline: Floats) -> None:
        """A convex shadow with soft edges."""
        low = outline.min(axis=0) / COARSE - 3
        size = np.ceil(outline.max(axis=0) / COARSE - low).astype(int) + 3
        if (size > (picture.shape[1], picture.shape[0])).any():
            return
        kept = np.full((int(size[1]), int(size[0])), 255, np.uint8)
        local = np.rint((outline / COARSE - low) * 16).astype(np.int32)
        dark = round(255 * (1 - self._strength))
        cv2.fillConvexPoly(kept, cv2.convexHull(local), (dark,), cv2.LINE_AA, 4)
        x0, y0 = (low * COARSE).tolist()
        darken(picture, cast(Bytes, cv2.blur(kept, (3, 3))), (COARSE, 0.0, COARSE, x0, y0))


def _blob() -> Bytes:
    """A round soft shadow."""
    axis = (np.arange(_BLOB) - (_BLOB - 1) / 2) / (_BLOB / 2)
    far = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
    kept: Bytes = (255 - 110 * np.clip(1 - far, 0, 1) ** 1.3).astype(np.uint8)
    return kept
