"""Small places and worlds for the tests of scenes: quick to draw, without random numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from apps.scenes.catalogue import PLANS, build
from apps.scenes.places.building import floor
from apps.scenes.scene import Scene
from apps.scenes.world.mover import Label, Mover
from apps.scenes.world.place import Lane, Mount, Node, Place, Prop, Weather
from apps.scenes.world.world import World

__all__ = ["LAWN", "StillWorld", "cone", "person", "small_scene", "still_scene", "vehicle"]

#: A floor in a colour that no clothes have, in even light: no noise, no sun, no wind.
LAWN = Place(
    nodes=(Node(-8, 0, 0.5, "gate"), Node(0, 0, 1.0), Node(8, 0, 0.5, "gate")),
    links=((0, 1), (1, 2)),
    lanes=(Lane(((-30.0, -3.0), (30.0, -3.0))), Lane(((-30.0, 3.0), (30.0, 3.0)), bikes=True)),
    mounts=(Mount((0.0, -12.0, 3.0), (0.0, 0.0, 0.9), 60),),
    patches=(floor(-60, -60, 60, 60, (60, 250, 60)),),
    weather=Weather(direct=0.0, ambient=0.9, swing=0.0, noise=0.0),
    indoors=True,
    shake=0.0,
)


class StillWorld(World):
    """A world with only the things of the test, which do not move."""

    def __init__(self, movers: Sequence[Mover], place: Place = LAWN) -> None:
        super().__init__(place, seed=3, people=4, vehicles=2, bikes=2, cones=3)
        self._movers = tuple(movers)

    def at(self, seconds: float) -> tuple[Mover, ...]:
        del seconds
        return self._movers


def person(identity: int, x: float, y: float, heading: float = math.pi / 2) -> Mover:
    return Mover(
        identity=identity, label=Label.PERSON, x=x, y=y, heading=heading, speed=0.0, walked=0.0
    )


def vehicle(identity: int, x: float, y: float, heading: float = 0.0) -> Mover:
    return Mover(
        identity=identity, label=Label.VEHICLE, x=x, y=y, heading=heading, speed=0.0, walked=0.0
    )


def cone(identity: int, x: float, y: float) -> Mover:
    return Mover(identity=identity, label=Label.CONE, x=x, y=y, heading=0.0, speed=0.0, walked=0.0)


def still_scene(
    movers: Sequence[Mover],
    *,
    props: tuple[Prop, ...] = (),
    shake: float = 0.0,
) -> Scene:
    place = replace(LAWN, props=props, shake=shake)
    return Scene(
        "lawn",
        place,
        StillWorld(movers, place),
        number=0,
        width=640,
        height=360,
        fps=10.0,
        seed=3,
    )


def small_scene(name: str, *, seed: int = 5, camera: int = 0, people: int = 6) -> Scene:
    usual = replace(PLANS[name].usual, width=320, height=180, people=people)
    return build(replace(usual, seed=seed, camera=camera))
