"""Vehicles and bicycles on their lanes: they keep their distance and stop at red lights."""

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

#: Metres per second and second.
_SPEEDING_UP, _BRAKING = 1.6, 3.0
#: Seconds, and metres, that are kept to whoever is in front.
_HEADWAY, _GAP = 1.2, 2.2
#: Metres by which the red light seems to stand behind its line: a bit less than the gap.
_BEFORE_LINE = 1.4


@dataclass
class Driver:
    """A vehicle or bicycle on its way; changed by `step` only.

    Attributes:
        identity: see `Mover`.
        label: what it is.
        length: metres.
        pace: metres per second when nothing is in the way.
        rng: of its own decisions.
        lane: number of its lane.
        at: of its middle along the lane, metres.
        speed: metres per second.
        away: out of sight until `waits_until`.
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
        """What can be seen of it; nothing while it is away."""
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


def settle(someone: Driver, place: Place, others: Sequence[Driver]) -> None:
    """Put a vehicle or bicycle somewhere on a lane of its kind, at a distance from the others."""
    rng, lanes = someone.rng, _lanes(place, someone.label)
    for _ in range(60):
        someone.lane = lanes[int(rng.integers(len(lanes)))]
        someone.at = float(rng.uniform(0.1, 0.95)) * _length(place.lanes[someone.lane])
        taken = [o for o in others if not o.away and _meets(place, someone, o)]
        if all(abs(o.at - someone.at) > (o.length + someone.length) / 2 + 3 for o in taken):
            return
    someone.away, someone.waits_until = True, float(rng.uniform(1, 15))


def step(drivers: Sequence[Driver], place: Place, now: float, seconds: float) -> None:
    """Let everybody drive on for a moment; see `walker.step`."""
    for someone in drivers:
        if someone.away:
            _return(someone, drivers, place, now)
            continue
        someone.speed = max(0.0, someone.speed + _wish(someone, drivers, place, now) * seconds)
        someone.at += someone.speed * seconds
        someone.travelled += someone.speed * seconds
        if someone.at > _length(place.lanes[someone.lane]):
            someone.away = True
            someone.waits_until = now + float(someone.rng.uniform(0.5, 5.0))


def _wish(someone: Driver, drivers: Sequence[Driver], place: Place, now: float) -> float:
    """Acceleration by the intelligent driver model, with a red light as a standing vehicle."""
    free, closing = _ahead(someone, drivers, place, now)
    wanted = _GAP + max(
        0.0,
        someone.speed * _HEADWAY
        + someone.speed * closing / (2 * math.sqrt(_SPEEDING_UP * _BRAKING)),
    )
    ease = 1 - (someone.speed / someone.pace) ** 4 - (wanted / max(free, 0.1)) ** 2
    return max(-2.5 * _BRAKING, _SPEEDING_UP * ease)


def _ahead(
    someone: Driver, drivers: Sequence[Driver], place: Place, now: float
) -> tuple[float, float]:
    """Free metres in front, and how fast they shrink."""
    free, closing = 1e3, 0.0
    for other in drivers:
        if other.away or other.at <= someone.at or not _meets(place, someone, other):
            continue
        gap = other.at - someone.at - (other.length + someone.length) / 2
        if gap < free:
            free, closing = gap, someone.speed - other.speed
    lane = place.lanes[someone.lane]
    to_line = lane.stop - someone.at - someone.length / 2
    stops = place.signal is not None and lane.stop > 0 and place.signal.phase(now) != lane.phase
    brakes_in_time = to_line > someone.speed**2 / (2 * 2 * _BRAKING)
    if stops and brakes_in_time and to_line + _BEFORE_LINE < free:
        return to_line + _BEFORE_LINE, someone.speed
    return free, closing


def _return(someone: Driver, drivers: Sequence[Driver], place: Place, now: float) -> None:
    if now < someone.waits_until:
        return
    lanes = _lanes(place, someone.label)
    lane = lanes[int(someone.rng.integers(len(lanes)))]
    someone.lane, someone.at, someone.speed = lane, 0.0, someone.pace * 0.8
    taken = [o for o in drivers if not o.away and _meets(place, someone, o)]
    if all(o.at - o.length / 2 > someone.length + 4 for o in taken):
        someone.away = False
    else:
        someone.waits_until = now + 1.0


def _meets(place: Place, someone: Driver, other: Driver) -> bool:
    """Whether another one is on the same line: of the same lane, or before two lanes part."""
    if someone.lane == other.lane:
        return True
    shared = _shared(place.lanes[someone.lane], place.lanes[other.lane])
    return shared > 0 and other.at - other.length / 2 < shared


@cache
def _shared(first: Lane, second: Lane) -> float:
    """Metres from the start over which two lanes are one line."""
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
    """Metres from the start at which the points of a lane lie."""
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
