"""The world of a scene: positions of all things at any moment, without pixels.

The same place, seed and numbers always give the same world. It advances in fixed steps; between two
steps things move evenly. Each camera of a scene has an equal world, so an identity is at the same
place at the same second in the pictures of all cameras.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from apps.scenes.arrays import Colour
from apps.scenes.shapes.looks import (
    ConeLook,
    PersonLook,
    VehicleLook,
    cone_look,
    person_look,
    vehicle_look,
)
from apps.scenes.world import driver as driving
from apps.scenes.world import roadworks
from apps.scenes.world import walker as walking
from apps.scenes.world.mover import Label, Mover
from apps.scenes.world.place import Place

__all__ = [
    "FIRST_BIKE",
    "FIRST_CONE",
    "FIRST_PERSON",
    "FIRST_RIDER",
    "FIRST_VEHICLE",
    "STEP",
    "World",
]

FIRST_PERSON, FIRST_VEHICLE, FIRST_BIKE, FIRST_RIDER, FIRST_CONE = 1, 1001, 2001, 3001, 4001
#: Length of a step, seconds.
STEP = 0.1
#: Separate random sequences, so that one more person changes nothing about the vehicles.
_LOOKS, _WAYS = 0, 1


class World:
    """A place with people, vehicles, bicycles and traffic cones.

    Args:
        place: the surroundings.
        seed: of all random numbers.
        people: number of people.
        vehicles: number of vehicles.
        bikes: number of cyclists.
        cones: largest number of cones; fewer if the place has no space for all.
    """

    def __init__(
        self,
        place: Place,
        *,
        seed: int,
        people: int,
        vehicles: int = 0,
        bikes: int = 0,
        cones: int = 0,
    ) -> None:
        self._place = place
        self._seed = seed
        self._people = range(FIRST_PERSON, FIRST_PERSON + people)
        has_lanes = {lane.bikes for lane in place.lanes}
        self._vehicles = range(FIRST_VEHICLE, FIRST_VEHICLE + vehicles * (False in has_lanes))
        self._bikes = range(FIRST_BIKE, FIRST_BIKE + bikes * (True in has_lanes))
        self._cones = self._settled(range(FIRST_CONE, FIRST_CONE + cones))
        self._obstacles = [(cone.x, cone.y) for cone in self._cones]
        self._start()

    @cached_property
    def people(self) -> Mapping[int, PersonLook]:
        """Appearance of people by identity, and of cyclists by the identity of their bicycle."""
        return {
            number: person_look(self._rng(number, _LOOKS))
            for number in (*self._people, *self._bikes)
        }

    @cached_property
    def vehicles(self) -> Mapping[int, VehicleLook]:
        """Appearance of vehicles, by identity."""
        return {number: vehicle_look(self._rng(number, _LOOKS)) for number in self._vehicles}

    @cached_property
    def frames(self) -> Mapping[int, Colour]:
        """Colour of the frame of each bicycle, by identity."""
        return {number: vehicle_look(self._rng(number, _LOOKS)).paint for number in self._bikes}

    @cached_property
    def cones(self) -> Mapping[int, ConeLook]:
        """Appearance of cones, by identity."""
        return {cone.identity: cone_look(self._rng(cone.identity, _LOOKS)) for cone in self._cones}

    def at(self, seconds: float) -> tuple[Mover, ...]:
        """The state of every thing at a time.

        A time before the previous one restarts the world from its beginning.

        Args:
            seconds: since the beginning, 0 or more.
        """
        wanted = int(seconds / STEP + 1e-9)
        if wanted < self._steps - 1:
            self._start()
        while self._steps <= wanted:
            self._advance()
        share = min(1.0, max(0.0, seconds / STEP - wanted))
        moving = (
            before.towards(self._after[number], share) for number, before in self._before.items()
        )
        return (*moving, *self._cones)

    def _start(self) -> None:
        self._steps = 0
        self._walkers = [
            walking.walker(number, self.people[number], self._place, self._rng(number, _WAYS))
            for number in self._people
        ]
        self._drivers: list[driving.Driver] = []
        for number in self._vehicles:
            look = self.vehicles[number]
            self._add_driver(number, Label.VEHICLE, look.length, look.pace)
        for number in self._bikes:
            self._add_driver(number, Label.BIKE, 1.8, 2.6 + 1.6 * self.people[number].pace)
        self._after = self._moment()
        self._before = self._after

    def _settled(self, identities: range) -> tuple[Mover, ...]:
        cones: list[Mover] = []
        for number in identities:
            cone = roadworks.settle(number, cones, self._place, self._rng(number, _WAYS))
            if cone is not None:
                cones.append(cone)
        return tuple(cones)

    def _add_driver(self, number: int, label: Label, length: float, pace: float) -> None:
        rng = self._rng(number, _WAYS)
        driver = driving.Driver(number, label, length, pace, rng, speed=0.8 * pace)
        driving.settle(driver, self._place, self._drivers)
        self._drivers.append(driver)

    def _advance(self) -> None:
        now = self._steps * STEP
        self._before = self._after
        walking.step(self._walkers, self._place, now, STEP, self._obstacles)
        driving.step(self._drivers, self._place, now, STEP)
        self._after = self._moment()
        # A thing that returns at another place must not appear between the two places.
        self._before = {
            number: mover
            for number, mover in self._before.items()
            if number in self._after and _near(mover, self._after[number])
        }
        self._steps += 1

    def _moment(self) -> dict[int, Mover]:
        moments = [walker.moment() for walker in self._walkers]
        moments += [driver.moment(self._place) for driver in self._drivers]
        return {moment.identity: moment for moment in moments if moment is not None}

    def _rng(self, identity: int, kind: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, kind, identity])


def _near(before: Mover, after: Mover) -> bool:
    return abs(before.x - after.x) + abs(before.y - after.y) < 5.0
