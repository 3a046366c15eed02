"""A scene: a place, the world in it, and one camera that takes pictures of it.

Picture number n is always the same, in every process and in any order of calls: all randomness
comes from the seed and the number.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import cast

import cv2
import numpy as np

from apps.scenes.arrays import Bytes
from apps.scenes.drawing.actor import Actor
from apps.scenes.drawing.backdrop import light_at
from apps.scenes.drawing.camera import NEAREST, SceneCamera, camera_at
from apps.scenes.drawing.compositing import Stencil, overlay, place_sprite, render
from apps.scenes.drawing.glow import shine
from apps.scenes.drawing.lights import TrafficLights
from apps.scenes.drawing.scenery import Scenery
from apps.scenes.drawing.shadow import Shadows
from apps.scenes.drawing.sprite_cache import SpriteCache
from apps.scenes.truth.ground_truth import CameraTruth, GroundTruth, SubjectTruth, box_in
from apps.scenes.world.mover import Label, Mover
from apps.scenes.world.place import Place
from apps.scenes.world.world import FIRST_BIKE, FIRST_CONE, FIRST_RIDER, World

__all__ = ["Scene"]

#: Moving things are drawn up to this distance, metres.
_FARTHEST = 75.0
#: The noise is larger than a picture by this many pixels.
_SPARE = 64


class Scene:
    """Pictures of a world, and their ground truth.

    Args:
        name: of the scene.
        place: the surroundings.
        world: the moving things; not shared with another scene, because the scene advances it.
        number: index of the camera in the place.
        width: pixels.
        height: pixels.
        fps: frames per second.
        seed: of noise and camera shake.
    """

    def __init__(
        self,
        name: str,
        place: Place,
        world: World,
        *,
        number: int,
        width: int,
        height: int,
        fps: float,
        seed: int,
    ) -> None:
        self._name, self._number, self._fps, self._seed = name, number, fps, seed
        self._place, self._world = place, world
        mount = place.mounts[number]
        self._camera = camera_at(mount.at, mount.to, math.radians(mount.field), width, height)
        self._sprites = SpriteCache(self._camera, place, world)
        self._shadows = Shadows(self._camera, place, world)
        self._lights = TrafficLights(self._camera, place)

    @property
    def camera(self) -> SceneCamera:
        """The camera that takes the pictures."""
        return self._camera

    @property
    def geometry(self) -> CameraTruth:
        """The geometry of the camera, as data."""
        return CameraTruth.of(self._number, self._camera)

    @property
    def fps(self) -> float:
        """Frames per second."""
        return self._fps

    def frame(self, number: int) -> tuple[Bytes, GroundTruth]:
        """A picture, uint8 [height, width, 3] blue-green-red, and its ground truth.

        Args:
            number: of the picture, from 0.
        """
        seconds = number / self._fps
        shake = self._shake(seconds)
        actors = self._actors(seconds, shake)
        picture = self._draw(actors, number, seconds, shake)
        return picture, self._truth(actors, number, seconds, shake)

    def draw(self, sequence: int, seconds: float) -> Bytes:
        """The picture without ground truth, at a time of the world; see `frame`."""
        shake = self._shake(seconds)
        return self._draw(self._actors(seconds, shake), sequence, seconds, shake)

    def truth(self, number: int) -> GroundTruth:
        """The ground truth of a picture, without drawing it; see `frame`."""
        seconds = number / self._fps
        shake = self._shake(seconds)
        return self._truth(self._actors(seconds, shake), number, seconds, shake)

    @cached_property
    def _scenery(self) -> Scenery:
        return Scenery(self._camera, self._place, self._sprites)

    @cached_property
    def _noise(self) -> Bytes:
        """Noise around 128, partly common to the three colours, larger than a picture."""
        rng = np.random.default_rng([self._seed, 8])
        shape = (self._camera.height + _SPARE, self._camera.width + _SPARE)
        shared = rng.standard_normal(shape, np.float32)[..., None]
        own = rng.standard_normal((*shape, 3), np.float32)
        noise = 128.5 + self._place.weather.noise * (0.8 * shared + 0.6 * own)
        return cast(Bytes, np.clip(noise, 0, 255).astype(np.uint8))

    def _actors(self, seconds: float, shake: tuple[int, int]) -> list[Actor]:
        """The moving things in the picture, the farthest first."""
        movers = self._world.at(seconds)
        if not movers:
            return []
        heights = [self._sprites.height(mover) for mover in movers]
        feet = np.array([(mover.x, mover.y, 0.0) for mover in movers])
        heads = feet + np.array([(0.0, 0.0, height) for height in heights])
        foot, depths = self._camera.project(feet)
        top, _ = self._camera.project(heads)
        foot, top = (foot + shake).tolist(), (top + shake).tolist()
        actors = []
        for index in np.argsort(-depths, kind="stable").tolist():
            depth = float(depths[index])
            if not NEAREST * 3 < depth < _FARTHEST:
                continue
            sprite = self._sprites.sprite(movers[index], depth)
            placement = place_sprite(sprite, foot[index], top[index], self._camera.focal / depth)
            rect = placement.rect(self._camera.width, self._camera.height)
            if rect is not None:
                actors.append(Actor(movers[index], placement, rect, depth, heights[index]))
        return actors

    def _draw(
        self, actors: list[Actor], number: int, seconds: float, shake: tuple[int, int]
    ) -> Bytes:
        picture = self._scenery.empty(shake)
        self._lights.draw(picture, seconds, shake)
        self._shadows.draw(picture, actors)
        spots = np.array([(a.mover.x, a.mover.y) for a in actors]).reshape(-1, 2)
        gains = light_at(self._place.weather, spots).tolist()
        in_front = self._scenery.in_front(actors, shake)
        for actor, gain, standing in zip(actors, gains, in_front, strict=True):
            self._draw_actor(picture, actor, gain, shake)
            for thing in standing:
                thing.overlay_on(picture, actor.rect, shake)
        return self._weathered(picture, number, seconds)

    def _draw_actor(
        self, picture: Bytes, actor: Actor, gain: float, shake: tuple[int, int]
    ) -> None:
        colours, rest = render(actor.placement, actor.rect)
        if gain != 1.0:
            cv2.convertScaleAbs(colours, dst=colours, alpha=gain)
        overlay(picture, colours, rest, actor.rect.left, actor.rect.top)
        if self._place.weather.lamps and actor.mover.label is Label.VEHICLE:
            look = self._world.vehicles[actor.mover.identity]
            shine(picture, self._camera, actor.mover, look, shake)

    def _weathered(self, picture: Bytes, number: int, seconds: float) -> Bytes:
        """Add slow changes of the light, and the noise of the sensor."""
        swing, phase = self._place.weather.swing, self._seed % 7
        gain = 1 + swing * (0.7 * math.sin(seconds / 5.3 + phase) + 0.3 * math.sin(seconds / 1.9))
        # Any varied offsets will do; a random generator would cost more than the noise.
        left, top = (number * 37 + self._number * 11) % _SPARE, number * 53 % _SPARE
        height, width = picture.shape[:2]
        noise = self._noise[top : top + height, left : left + width]
        return cast(Bytes, cv2.addWeighted(picture, gain, noise, 1.0, -128, dst=picture))

    def _truth(
        self, actors: list[Actor], number: int, seconds: float, shake: tuple[int, int]
    ) -> GroundTruth:
        stencil = Stencil(self._camera.width, self._camera.height)
        standing = list(self._scenery.standing)
        for actor in actors:
            while standing and standing[0].depth >= actor.depth:
                thing = standing.pop(0)
                stencil.hide(thing.hidden, *thing.coarse)
            stencil.add(actor.placement)
        for thing in standing:
            stencil.hide(thing.hidden, *thing.coarse)
        subjects: list[SubjectTruth] = []
        for actor, visibility in zip(actors, stencil.visibilities().tolist(), strict=True):
            subjects += self._subjects(actor, visibility)
        return GroundTruth(
            scene=self._name,
            camera=self._number,
            frame=number,
            seconds=seconds,
            width=self._camera.width,
            height=self._camera.height,
            shake=shake,
            subjects=tuple(subjects),
        )

    def _subjects(self, actor: Actor, visibility: float) -> list[SubjectTruth]:
        """The truth of a thing and its rider, without things outside the picture."""
        mover, sprite = actor.mover, actor.placement.sprite
        found = [(mover.identity, mover.label, sprite.bounds, actor.height)]
        if sprite.rider is not None:
            rider = FIRST_RIDER + mover.identity - FIRST_BIKE
            tall = self._world.people[mover.identity].height
            found.append((rider, Label.PERSON, sprite.rider, tall))
        subjects = []
        for identity, label, bounds, height in found:
            box = box_in(actor.placement.covers(*bounds), self._camera.width, self._camera.height)
            if box is None:
                continue
            subject = SubjectTruth(
                identity=identity,
                label=label,
                box=box,
                visibility=round(visibility, 3),
                position=(round(mover.x, 4), round(mover.y, 4)),
                heading=round(math.remainder(mover.heading, 2 * math.pi), 4),
                speed=round(mover.speed, 3),
                distance=round(self._distance(mover), 3),
                height=round(height, 3),
                riding=FIRST_RIDER <= identity < FIRST_CONE,
            )
            subjects.append(subject)
        return subjects

    def _distance(self, mover: Mover) -> float:
        return math.dist((mover.x, mover.y, 0.0), (self._camera.x, self._camera.y, self._camera.z))

    def _shake(self, seconds: float) -> tuple[int, int]:
        size = self._place.shake * self._camera.width / 1280
        phase = self._seed + 2.4 * self._number
        x = math.sin(3.1 * seconds + phase) + 0.6 * math.sin(7.3 * seconds + 1.7 * phase)
        y = math.sin(2.7 * seconds + 2 * phase) + 0.6 * math.sin(8.9 * seconds + phase)
        # Slow gusts with calm between them.
        gust = max(0.0, math.sin(0.37 * seconds + phase))
        return round(size * gust * x), round(0.7 * size * gust * y)
