"""Selects the sprite of a thing by its direction, gait and distance, and caches sprites."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from apps.scenes.arrays import Floats
from apps.scenes.drawing.camera import SceneCamera
from apps.scenes.drawing.lru_cache import LruCache
from apps.scenes.drawing.painting import Light, ShapeView
from apps.scenes.drawing.props import prop_mesh
from apps.scenes.drawing.sprite import Sprite, level_of, make_sprite, view_of
from apps.scenes.shapes.bicycle import bicycle
from apps.scenes.shapes.cone import cone
from apps.scenes.shapes.detail import Detail, detail_at
from apps.scenes.shapes.figure import figure
from apps.scenes.shapes.mesh import Mesh
from apps.scenes.shapes.motor import motor
from apps.scenes.shapes.pose import PHASES, standing, walking
from apps.scenes.world.mover import Label, Mover
from apps.scenes.world.place import Place, Prop
from apps.scenes.world.world import World

__all__ = ["PROP_HEIGHT", "SpriteCache"]

#: Number of directions from which things are painted.
_TURNS = {Label.PERSON: 16, Label.BIKE: 24, Label.VEHICLE: 60, Label.CONE: 24}
#: Wear of their surfaces; see `make_sprite`.
_WEAR = {Label.PERSON: 1.0, Label.BIKE: 1.0, Label.VEHICLE: 0.25, Label.CONE: 0.5}
#: Nearest range of distances that is painted; a vehicle just in front of the lens is too large.
_FIRST_LEVEL = {Label.PERSON: 1, Label.BIKE: 2, Label.VEHICLE: 2, Label.CONE: 1}
#: Step between painted directions and gait moments, by range; distant things need fewer.
_EVERY_TURN = (1, 1, 1, 1, 1, 2)
_EVERY_MOMENT = {Label.PERSON: (2, 2, 2, 2, 3, 4), Label.BIKE: (3, 3, 3, 3, 4, 6)}
#: A slower person stands, metres per second.
_STANDS = 0.25
#: Distance of one turn of the cranks of a bicycle, metres.
_GEAR = 4.6
_PEDAL_PHASES = 24
#: Height over which the sprite of a prop is fitted between ground and top, metres.
PROP_HEIGHT = 2.0
#: Capacities of the caches of sprites and of points, bytes.
_KEPT_SPRITES, _KEPT_POINTS = 160 << 20, 24 << 20


class SpriteCache:
    """Sprites of everything in a world, for one camera.

    Args:
        camera: that takes the pictures.
        place: gives the light.
        world: gives the appearance of the things.
    """

    def __init__(self, camera: SceneCamera, place: Place, world: World) -> None:
        self._camera = camera
        self._world = world
        self._light, self._shade = _light(camera, place), place.weather.shadow_strength
        self._sprites: LruCache[tuple[int, int, int, int], Sprite] = LruCache(
            _KEPT_SPRITES, _sprite_bytes
        )
        self._shapes: dict[tuple[int, Detail], Mesh] = {}
        self._points: LruCache[tuple[int, Detail, int], Floats] = LruCache(
            _KEPT_POINTS, _point_bytes
        )

    def height(self, mover: Mover) -> float:
        """Height of a thing, metres."""
        if mover.label is Label.VEHICLE:
            return self._world.vehicles[mover.identity].height
        if mover.label is Label.CONE:
            return self._world.cones[mover.identity].height
        person = self._world.people[mover.identity].height
        return person if mover.label is Label.PERSON else 1.0 + 0.47 * person

    def sprite(self, mover: Mover, depth: float) -> Sprite:
        """The sprite of a thing.

        Args:
            mover: the thing, its place and its heading.
            depth: along the camera's view, metres.
        """
        bearing = math.atan2(mover.y - self._camera.y, mover.x - self._camera.x)
        count = _TURNS[mover.label]
        level = max(level_of(depth), _FIRST_LEVEL[mover.label])
        far = min(level, len(_EVERY_TURN) - 1)
        every = _EVERY_TURN[far]
        turn = round((mover.heading - bearing) / (2 * math.pi) * count / every) * every % count
        key = (mover.identity, turn, level, self._pose(mover, far))
        return self._sprites.get(key, lambda: self._painted(mover, key, 2 * math.pi / count))

    def _painted(self, mover: Mover, key: tuple[int, int, int, int], step: float) -> Sprite:
        _, turn, level, pose = key
        tall = self.height(mover)
        view = view_of(self._camera, turn * step, level, tall, self._broad(mover))
        mesh = self._mesh(mover, pose, detail_at(view.scale))
        return make_sprite(mesh, view, self._light, tall, self._shade, wear=_WEAR[mover.label])

    def prop(self, prop: Prop, depth: float) -> Sprite:
        """The sprite of a prop; its anchor and top are `PROP_HEIGHT` apart."""
        dx, dy = prop.x - self._camera.x, prop.y - self._camera.y
        distance, drop = math.hypot(dx, dy), self._camera.z - PROP_HEIGHT / 2
        view = ShapeView(
            prop.turn - math.atan2(dy, dx),
            math.hypot(distance, drop),
            math.atan2(drop, distance),
            min(self._camera.focal / depth, 400.0),
        )
        return make_sprite(prop_mesh(prop), view, self._light, PROP_HEIGHT, self._shade, wear=0.3)

    def _broad(self, mover: Mover) -> float:
        """Metres along its longer side."""
        if mover.label is Label.VEHICLE:
            return self._world.vehicles[mover.identity].length
        if mover.label is Label.CONE:
            return self._world.cones[mover.identity].height
        return 1.0 if mover.label is Label.PERSON else 1.8

    def _pose(self, mover: Mover, far: int) -> int:
        """Number of the gait moment; standing people have separate numbers."""
        if mover.label in (Label.VEHICLE, Label.CONE):
            return 0
        every = _EVERY_MOMENT[mover.label][far]
        if mover.label is Label.BIKE:
            return int(mover.walked / _GEAR * _PEDAL_PHASES / every) * every % _PEDAL_PHASES
        if mover.speed < _STANDS:
            return PHASES + mover.identity % 2
        look = self._world.people[mover.identity]
        return int(mover.walked / (look.stride * look.height) * PHASES / every) * every % PHASES

    def _mesh(self, mover: Mover, pose: int, detail: Detail) -> Mesh:
        """The shape of a thing; the cache keeps only the points of each pose."""
        key = (mover.identity, detail)
        if key not in self._shapes:
            self._shapes[key] = self._shaped(mover, pose, detail)
        shape = self._shapes[key]
        points = self._points.get(
            (*key, pose),
            lambda: self._shaped(mover, pose, detail).points.astype(np.float32),
        )
        return replace(shape, points=points)

    def _shaped(self, mover: Mover, pose: int, detail: Detail) -> Mesh:
        if mover.label is Label.VEHICLE:
            return motor(self._world.vehicles[mover.identity])
        if mover.label is Label.CONE:
            return cone(self._world.cones[mover.identity])
        look = self._world.people[mover.identity]
        if mover.label is Label.BIKE:
            paint = self._world.frames[mover.identity]
            return bicycle(look, paint, pose / _PEDAL_PHASES, detail)
        if pose >= PHASES:
            return figure(look, standing(look, pose - PHASES), detail)
        return figure(look, walking(look, pose / PHASES), detail)


def _light(camera: SceneCamera, place: Place) -> Light:
    """The light of the place in the axes of the camera (away, left, up)."""
    weather = place.weather
    sun = np.array(weather.sun) / float(np.linalg.norm(weather.sun))
    sin, cos = math.sin(camera.heading), math.cos(camera.heading)
    away, left = sun[0] * cos + sun[1] * sin, -sun[0] * sin + sun[1] * cos
    blue, green, red = weather.tint
    direct, sky, ground = weather.direct * 1.3, weather.ambient * 1.13, weather.ambient * 0.66
    return Light(
        sun=(float(away), float(left), float(sun[2])),
        direct=(direct * 0.92 * blue, direct * green, direct * 1.04 * red),
        sky=(sky * 1.04 * blue, sky * green, sky * 0.97 * red),
        ground=(ground * 0.96 * blue, ground * green, ground * 1.03 * red),
    )


def _sprite_bytes(sprite: Sprite) -> int:
    return sprite.pixels.nbytes + sprite.mask.nbytes + sprite.shadow.nbytes


def _point_bytes(points: Floats) -> int:
    return points.nbytes
