"""Simulates vehicles and bicycles: they keep their distance and stop at red lights."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from apps.scenes.world.mover import Label, Mover
from apps.scenes.world.place import Lane, Place

__all__ = ["Driver", "settle", "step"]

#: Acceleration and braking, metres per second squared.
_SPEEDING_UP, _BRAKING = 1.6, 3.0
#: Distance to the vehicle in front: seconds while driving, metres while standing.
_HEADWAY, _GAP = 1.2, 2.2
#: A red light counts as a vehicle this far behind the stop line, metres; less than the gap.
_BEFORE_LINE = 1.4


@dataclass
class Driver:
    """A moving vehicle or bicycle; only `step` changes it.

    Attributes:
        identity: see `Mover`.
        label: kind of vehicle.
        length: metres.
        pace: metres per second on a free lane.
        rng: random numbers for its decisions.
        lane: number of its lane.
        at: position of its middle along the lane, metres.
        speed: metres per second.
        away: not in the world until `waits_until`.
        waits_until: seconds of the world.
        travelled: metres since the start.
    """

    identity: int
    label: Label
    length: float
    pace: float
    rng: np.random.Generator
    lane: int = 0
    at: float = 0.0
    speed: float = 0.0
    away: bool = False
    waits_until: float = 0.0
    travelled: float = 0.0

    def moment(self, place: Place) -> Mover | None:
        """Its state; None while it is away."""
        if self.away:
            return None
        x, y, heading = _pose(place.lanes[self.lane], self.at)
        return Mover(
            identity=self.identity,
            label=self.label,
            x=x,
            y=y,
            heading=heading,
            speed=self.speed,
            walked=self.travelled,
        )


def settle(driver: Driver, place: Place, others: Sequence[Driver]) -> None:
    """Put a vehicle or bicycle at a random free position on a lane of its kind."""
    rng, lanes = driver.rng, _lanes(place, driver.label)
    for _ in range(60):
        driver.lane = lanes[int(rng.integers(len(lanes)))]
        driver.at = float(rng.uniform(0.1, 0.95)) * _length(place.lanes[driver.lane])
        taken = [o for o in others if not o.away and _meets(place, driver, o)]
        if all(abs(o.at - driver.at) > (o.length + driver.length) / 2 + 3 for o in taken):
            return
    driver.away, driver.waits_until = True, float(rng.uniform(1, 15))


def step(drivers: Sequence[Driver], place: Place, now: float, seconds: float) -> None:
    """Advance all drivers by one step; see `walker.step`."""
    for driver in drivers:
        if driver.away:
            _return(driver, drivers, place, now)
            continue
        driver.speed = max(0.0, driver.speed + _acceleration(driver, drivers, place, now) * seconds)
        driver.at += driver.speed * seconds
        driver.travelled += driver.speed * seconds
        if driver.at > _length(place.lanes[driver.lane]):
            driver.away = True
            driver.waits_until = now + float(driver.rng.uniform(0.5, 5.0))


def _acceleration(driver: Driver, drivers: Sequence[Driver], place: Place, now: float) -> float:
    """Acceleration by the intelligent driver model; a red light counts as a standing vehicle."""
    free, closing = _ahead(driver, drivers, place, now)
    wanted = _GAP + max(
        0.0,
        driver.speed * _HEADWAY + driver.speed * closing / (2 * math.sqrt(_SPEEDING_UP * _BRAKING)),
    )
    ease = 1 - (driver.speed / driver.pace) ** 4 - (wanted / max(free, 0.1)) ** 2
    return max(-2.5 * _BRAKING, _SPEEDING_UP * ease)


def _ahead(
    driver: Driver, drivers: Sequence[Driver], place: Place, now: float
) -> tuple[float, float]:
    """Free distance in front, metres, and the speed at which it shrinks."""
    free, closing = 1e3, 0.0
    for other in drivers:
        if other.away or other.at <= driver.at or not _meets(place, driver, other):
            continue
        gap = other.at - driver.at - (other.length + driver.length) / 2
        if gap < free:
            free, closing = gap, driver.speed - other.speed
    lane = place.lanes[driver.lane]
    to_line = lane.stop - driver.at - driver.length / 2
    stops = place.signal is not None and lane.stop > 0 and place.signal.phase(now) != lane.phase
    brakes_in_time = to_line > driver.speed**2 / (2 * 2 * _BRAKING)
    if stops and brakes_in_time and to_line + _BEFORE_LINE < free:
        return to_line + _BEFORE_LINE, driver.speed
    return free, closing


def _return(driver: Driver, drivers: Sequence[Driver], place: Place, now: float) -> None:
    if now < driver.waits_until:
        return
    lanes = _lanes(place, driver.label)
    lane = lanes[int(driver.rng.integers(len(lanes)))]
    driver.lane, driver.at, driver.speed = lane, 0.0, driver.pace * 0.8
    taken = [o for o in drivers if not o.away and _meets(place, driver, o)]
    if all(o.at - o.length / 2 > driver.length + 4 for o in taken):
        driver.away = False
    else:
        driver.waits_until = now + 1.0


def _meets(place: Place, driver: Driver, other: Driver) -> bool:
    """Whether two drivers are on the same line: the same lane, or lanes that have not split yet."""
    if driver.lane == other.lane:
        return True
    shared = _shared(place.lanes[driver.lane], place.lanes[other.lane])
    return shared > 0 and other.at - other.length / 2 < shared


@cache
def _shared(first: Lane, second: Lane) -> float:
    """Length of the part at the start that two lanes share, metres."""
    (ax, ay), (bx, by) = first.points[:2]
    (cx, cy), (dx, dy) = second.points[:2]
    turn = math.remainder(math.atan2(by - ay, bx - ax) - math.atan2(dy - cy, dx - cx), math.tau)
    if math.dist((ax, ay), (cx, cy)) > 0.1 or abs(turn) > 0.01:
        return 0.0
    return min(_marks(first)[1], _marks(second)[1])


def _lanes(place: Place, label: Label) -> list[int]:
    bikes = label is Label.BIKE
    return [number for number, lane in enumerate(place.lanes) if lane.bikes == bikes]


def _length(lane: Lane) -> float:
    return _marks(lane)[-1]


@cache
def _marks(lane: Lane) -> tuple[float, ...]:
    """Distance of each point of a lane from its start, metres."""
    marks = [0.0]
    for (ax, ay), (bx, by) in pairwise(lane.points):
        marks.append(marks[-1] + math.hypot(bx - ax, by - ay))
    return tuple(marks)


def _pose(lane: Lane, at: float) -> tuple[float, float, float]:
    marks = _marks(lane)
    piece = min(max(bisect_right(marks, at) - 1, 0), len(marks) - 2)
    (ax, ay), (bx, by) = lane.points[piece], lane.points[piece + 1]
    share = (at - marks[piece]) / (marks[piece + 1] - marks[piece])
    x, y = ax + (bx - ax) * share, ay + (by - ay) * share
    return x, y, math.atan2(by - ay, bx - ax)
