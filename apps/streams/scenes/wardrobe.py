"""Which picture shows a thing at this moment: its direction, its gait, its distance."""

from __future__ import annotations

import math

import numpy as np

from apps.streams.scenes.bicycle import bicycle
from apps.streams.scenes.brush import Light
from apps.streams.scenes.camera import Camera
from apps.streams.scenes.figure import figure
from apps.streams.scenes.mesh import Mesh
from apps.streams.scenes.motor import motor
from apps.streams.scenes.mover import Label, Mover
from apps.streams.scenes.place import Place, Prop
from apps.streams.scenes.pose import PHASES, standing, walking
from apps.streams.scenes.props import prop_mesh
from apps.streams.scenes.shadow import darkness
from apps.streams.scenes.sprite import Sprite, SpriteStore, level_of
from apps.streams.scenes.world import World

__all__ = ["Wardrobe"]

#: Directions from which things are painted.
_TURNS = {Label.PERSON: 16, Label.BIKE: 24, Label.VEHICLE: 60}
#: Metres per second below which somebody stands.
_STANDS = 0.25
#: Metres that a bicycle rolls for one turn of its cranks.
_GEAR = 4.6
_PEDAL_PHASES = 8
_PROP = 10_000


class Wardrobe:
    """Pictures of everything in a world, for one camera.

    Args:
        camera: who looks.
        place: where.
        world: what moves.
    """

    def __init__(self, camera: Camera, place: Place, world: World) -> None:
        self._camera = camera
        self._world = world
        self._store = SpriteStore(camera, _light(camera, place), shade=darkness(place))
        self._meshes: dict[tuple[int, int], Mesh] = {}

    def height(self, mover: Mover) -> float:
        """Metres."""
        if mover.label is Label.VEHICLE:
            return self._world.vehicles[mover.identity].height
        person = self._world.people[mover.identity].height
        return person if mover.label is Label.PERSON else 1.0 + 0.47 * person

    def sprite(self, mover: Mover, depth: float) -> Sprite:
        """The picture of something that moves.

        Args:
            mover: what and where.
            depth: along the camera's view, metres.
        """
        bearing = math.atan2(mover.y - self._camera.y, mover.x - self._camera.x)
        count = _TURNS[mover.label]
        turn = round((mover.heading - bearing) / (2 * math.pi) * count) % count
        level, pose = level_of(depth), self._pose(mover)
        return self._store.get(
            (mover.identity, turn, level, pose),
            lambda: self._mesh(mover, pose),
            turn=turn * 2 * math.pi / count,
            level=level,
            tall=self.height(mover),
        )

    def prop(self, number: int, prop: Prop, depth: float, tall: float) -> Sprite:
        """The picture of something that stands around."""
        bearing = math.atan2(prop.y - self._camera.y, prop.x - self._camera.x)
        return self._store.get(
            (_PROP + number,),
            lambda: prop_mesh(prop),
            turn=-bearing,
            level=level_of(depth),
            tall=tall,
        )

    def _pose(self, mover: Mover) -> int:
        if mover.label is Label.VEHICLE:
            return 0
        if mover.label is Label.BIKE:
            return int(mover.walked / _GEAR * _PEDAL_PHASES) % _PEDAL_PHASES
        if mover.speed < _STANDS:
            return PHASES + mover.identity % 2
        look = self._world.people[mover.identity]
        return int(mover.walked / (look.stride * look.height) * PHASES) % PHASES

    def _mesh(self, mover: Mover, pose: int) -> Mesh:
        key = (mover.identity, pose)
        if key not in self._meshes:
            self._meshes[key] = self._shaped(mover, pose)
        return self._meshes[key]

    def _shaped(self, mover: Mover, pose: int) -> Mesh:
        if mover.label is Label.VEHICLE:
            return motor(self._world.vehicles[mover.identity])
        look = self._world.people[mover.identity]
        if mover.label is Label.BIKE:
            return bicycle(look, self._world.frames[mover.identity], pose / _PEDAL_PHASES)
        if pose >= PHASES:
            return figure(look, standing(look, pose - PHASES))
        return figure(look, walking(look, pose / PHASES))


def _light(camera: Camera, place: Place) -> Light:
    """The light of the place in the axes of the camera (away, left, up)."""
    weather = place.weather
    sun = np.array(weather.sun) / float(np.linalg.norm(weather.sun))
    sin, cos = math.sin(camera.heading), math.cos(camera.heading)
    away, left = sun[0] * cos + sun[1] * sin, -sun[0] * sin + sun[1] * cos
    blue, green, red = weather.tint
    direct, sky, ground = weather.direct * 1.15, weather.ambient, weather.ambient * 0.58
    return Light(
        sun=(float(away), float(left), float(sun[2])),
        direct=(direct * 0.92 * blue, direct * green, direct * 1.04 * red),
        sky=(sky * 1.04 * blue, sky * green, sky * 0.97 * red),
        ground=(ground * 0.96 * blue, ground * green, ground * 1.03 * red),
    )
