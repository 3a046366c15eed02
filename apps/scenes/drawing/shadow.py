"""Shadows on the ground: from the sun, and from the diffuse light of the sky."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from apps.scenes.arrays import Bytes, Floats
from apps.scenes.drawing.actor import Actor
from apps.scenes.drawing.camera import NEAREST, SceneCamera
from apps.scenes.drawing.shadow_map import ShadowMap
from apps.scenes.drawing.sprite import COARSE
from apps.scenes.shapes.looks import VehicleLook
from apps.scenes.world.mover import Label, Mover
from apps.scenes.world.place import Place
from apps.scenes.world.world import World

__all__ = ["Shadows"]

_BLOB = 24
#: Diameter of the soft dark spot under a thing, metres.
_BLOB_SIZE = {Label.PERSON: 1.0, Label.BIKE: 1.7, Label.CONE: 0.75}


class Shadows:
    """The shadows of one camera's pictures.

    Args:
        camera: that takes the pictures.
        place: gives the direction and strength of the sun.
        world: gives the sizes of vehicles.
    """

    def __init__(self, camera: SceneCamera, place: Place, world: World) -> None:
        self._camera, self._world = camera, world
        sun = place.weather.sun
        self._away = np.array([-sun[0] / sun[2], -sun[1] / sun[2]])
        self._sunny = place.weather.direct > 0 and not place.indoors
        self._strength = place.weather.shadow_strength
        self._blob = _blob()

    def draw(self, picture: Bytes, actors: Sequence[Actor]) -> None:
        """Darken the ground around every actor, in place."""
        if not actors:
            return
        shade = ShadowMap(self._camera.width, self._camera.height)
        feet = np.array([(a.mover.x, a.mover.y, 0.0) for a in actors])
        ends = feet.copy()
        ends[:, :2] += self._away * np.array([[a.height] for a in actors])
        pixels, depths = self._camera.project(np.concatenate([feet, ends]))
        fall = (pixels[: len(actors)] - pixels[len(actors) :]).tolist()
        for actor, away, depth in zip(actors, fall, depths[len(actors) :].tolist(), strict=True):
            if actor.mover.label is Label.VEHICLE:
                self._of_vehicle(shade, actor)
                continue
            self._of_sky(shade, actor)
            if self._sunny and depth > NEAREST:
                self._of_sun(shade, actor, away)
        shade.overlay_on(picture)

    def _of_sky(self, shade: ShadowMap, actor: Actor) -> None:
        """Darken the ground under an actor, which hides part of the sky."""
        placement, mover = actor.placement, actor.mover
        foot_x, foot_y = placement.at(*placement.sprite.anchor)
        wide = placement.wide * placement.sprite.scale * _BLOB_SIZE[mover.label] / _BLOB
        far = math.hypot(mover.x - self._camera.x, mover.y - self._camera.y)
        tall = wide * max(0.18, math.sin(math.atan2(self._camera.z, far)))
        middle = _BLOB / 2
        x0, y0 = foot_x - wide * middle, foot_y - tall * middle
        shade.darken(self._blob, (wide, 0.0, tall, x0, y0))

    def _of_sun(self, shade: ShadowMap, actor: Actor, away: tuple[float, float]) -> None:
        """Draw the outline of an actor on the ground, away from the sun.

        Args:
            shade: receives the shadow.
            actor: casts the shadow.
            away: pixels from the end of the shadow to the foot.
        """
        sprite, wide = actor.placement.sprite, actor.placement.wide
        u, v = sprite.anchor
        foot_x, foot_y = actor.placement.at(u, v)
        lean, tall = away[0] / sprite.rise, away[1] / sprite.rise
        x0, y0 = foot_x - wide * u - lean * v, foot_y - tall * v
        shade.darken(sprite.shadow, (wide * COARSE, lean * COARSE, tall * COARSE, x0, y0))

    def _of_vehicle(self, shade: ShadowMap, actor: Actor) -> None:
        """Darken the ground under and beside a vehicle."""
        mover, look = actor.mover, self._world.vehicles[actor.mover.identity]
        corners = _outline(mover, look)
        if self._sunny:
            corners = np.concatenate([corners, corners + self._away * look.height * 0.85])
        ground = np.zeros((len(corners) + 1, 3))
        ground[:-1, :2], ground[-1, :2] = corners, (mover.x, mover.y)
        pixels, depth = self._camera.project(ground)
        if depth.min() > NEAREST:
            moved = np.array(actor.placement.at(*actor.placement.sprite.anchor)) - pixels[-1]
            self._soft(shade, pixels[:-1] + moved)

    def _soft(self, shade: ShadowMap, outline: Floats) -> None:
        """Draw a convex shadow with soft edges."""
        low = outline.min(axis=0) / COARSE - 3
        size = np.ceil(outline.max(axis=0) / COARSE - low).astype(int) + 3
        if (size > (self._camera.width, self._camera.height)).any():
            return
        kept = np.full((int(size[1]), int(size[0])), 255, np.uint8)
        local = np.rint((outline / COARSE - low) * 16).astype(np.int32)
        dark = round(255 * (1 - self._strength))
        cv2.fillConvexPoly(kept, cv2.convexHull(local), (dark,), cv2.LINE_AA, 4)
        x0, y0 = (low * COARSE).tolist()
        shade.darken(cast(Bytes, cv2.blur(kept, (3, 3))), (COARSE, 0.0, COARSE, x0, y0))


def _outline(mover: Mover, look: VehicleLook) -> Floats:
    """The corners of a vehicle on the ground, float [4, 2], metres."""
    sin, cos = math.sin(mover.heading), math.cos(mover.heading)
    x, y = look.length / 2, look.width / 2
    turn = np.array([[cos, sin], [-sin, cos]])
    corners: Floats = np.array([(x, -y), (x, y), (-x, y), (-x, -y)]) @ turn
    return cast(Floats, corners + np.array([mover.x, mover.y]))


def _blob() -> Bytes:
    """A round, soft shadow, uint8 [24, 24]: share of the light that remains, 0..255."""
    axis = (np.arange(_BLOB) - (_BLOB - 1) / 2) / (_BLOB / 2)
    far = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
    kept: Bytes = (255 - 110 * np.clip(1 - far, 0, 1) ** 1.3).astype(np.uint8)
    return kept
