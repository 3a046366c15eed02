"""Simulates people: they walk between nodes, avoid each other, and cross at green lights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from apps.scenes.arrays import Floats
from apps.scenes.shapes.looks import PersonLook
from apps.scenes.world.mover import Label, Mover
from apps.scenes.world.place import Place

__all__ = ["Walker", "step", "walker"]

#: People avoid each other within this distance, metres.
_AVOIDANCE = 1.1
#: Largest change of velocity, metres per second squared.
_AGILITY = 2.5
#: Largest change of heading, radians per second.
_TURNING = 2.6
_ARRIVED = 0.45
#: Remaining seconds of green that a person needs to start crossing.
_TIME_TO_CROSS = 4.0


@dataclass
class Walker:
    """A walking person; only `step` changes it."""

    identity: int
    look: PersonLook
    rng: np.random.Generator
    came_from: int
    goes_to: int
    target: tuple[float, float]
    x: float
    y: float
    heading: float
    speed: float = 0.0
    walked: float = 0.0
    waits_until: float = 0.0
    away: bool = False
    at_kerb: bool = False
    velocity: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def moment(self) -> Mover | None:
        """The state of the person; None while away."""
        if self.away:
            return None
        return Mover(
            identity=self.identity,
            label=Label.PERSON,
            x=self.x,
            y=self.y,
            heading=self.heading,
            speed=self.speed,
            walked=self.walked,
        )


def walker(identity: int, look: PersonLook, place: Place, rng: np.random.Generator) -> Walker:
    """A new person at a random point between two nodes."""
    links = [link for link in place.links if link not in place.crossings]
    lengths = np.array([_span(place, link) for link in links])
    first, second = links[int(rng.choice(len(links), p=lengths / lengths.sum()))]
    if rng.random() < 0.5:
        first, second = second, first
    share = rng.uniform(0.05, 0.95)
    start, target = _spot(place, first, rng), _spot(place, second, rng)
    x, y = (a + (b - a) * share for a, b in zip(start, target, strict=True))
    heading = math.atan2(target[1] - y, target[0] - x)
    return Walker(identity, look, rng, first, second, target, x, y, heading, walked=rng.random())


def step(
    walkers: Sequence[Walker],
    place: Place,
    now: float,
    seconds: float,
    obstacles: Sequence[tuple[float, float]] = (),
) -> None:
    """Advance all people by one step.

    Args:
        walkers: the people; changed in place.
        place: the surroundings.
        now: seconds of the world.
        seconds: length of the step.
        obstacles: points that people walk around, metres.
    """
    push = _avoidance(walkers, obstacles)
    for person, pushed in zip(walkers, push, strict=True):
        if person.away:
            _return(person, place, now)
            continue
        wanted_x, wanted_y = _desired_velocity(person, place, now)
        # a waiting person must not be pushed onto the road
        push_x, push_y = (0.0, 0.0) if person.at_kerb else pushed
        change = wanted_x + push_x - person.velocity[0], wanted_y + push_y - person.velocity[1]
        size = math.hypot(*change)
        share = min(1.0, _AGILITY * seconds / size) if size > 0 else 0.0
        person.velocity[0] += change[0] * share
        person.velocity[1] += change[1] * share
        _move(person, seconds)


def _move(person: Walker, seconds: float) -> None:
    vx, vy = person.velocity
    person.speed = math.hypot(vx, vy)
    person.x += vx * seconds
    person.y += vy * seconds
    person.walked += person.speed * seconds
    if person.speed > 0.2:
        turn = math.remainder(math.atan2(vy, vx) - person.heading, 2 * math.pi)
        most = _TURNING * seconds
        person.heading += min(most, max(-most, turn))


def _desired_velocity(person: Walker, place: Place, now: float) -> tuple[float, float]:
    """The velocity of a person without others nearby."""
    if now < person.waits_until:
        return 0.0, 0.0
    dx, dy = person.target[0] - person.x, person.target[1] - person.y
    far = math.hypot(dx, dy)
    if far < _ARRIVED:
        _arrive(person, place, now)
        return 0.0, 0.0
    if _must_wait(person, place, now):
        return 0.0, 0.0
    return dx / far * person.look.pace, dy / far * person.look.pace


def _must_wait(person: Walker, place: Place, now: float) -> bool:
    """Whether a person at the kerb must wait; a person on the road keeps walking."""
    if not person.at_kerb:
        return False
    assert place.signal is not None  # noqa: S101 - kerbs exist only with a traffic light
    number, left = place.signal.turn(now)
    person.at_kerb = number != len(place.signal.green) - 1 or left < _TIME_TO_CROSS
    return person.at_kerb


def _arrive(person: Walker, place: Place, now: float) -> None:
    here = person.goes_to
    kind = place.nodes[here].kind
    if kind == "gate":
        person.away = True
        person.waits_until = now + float(person.rng.uniform(0.5, 4.0))
        return
    if kind == "stay":
        person.waits_until = now + float(person.rng.uniform(2.0, 9.0))
    ways = [a if b == here else b for a, b in place.links if here in (a, b)]
    onward = [node for node in ways if node != person.came_from] or ways
    person.came_from, person.goes_to = here, onward[int(person.rng.integers(len(onward)))]
    link = (min(here, person.goes_to), max(here, person.goes_to))
    person.at_kerb = place.signal is not None and link in place.crossings
    person.target = _spot(place, person.goes_to, person.rng)


def _return(person: Walker, place: Place, now: float) -> None:
    if now < person.waits_until:
        return
    gates = [number for number, node in enumerate(place.nodes) if node.kind == "gate"]
    gate = gates[int(person.rng.integers(len(gates)))]
    ways = [a if b == gate else b for a, b in place.links if gate in (a, b)]
    person.came_from, person.goes_to = gate, ways[int(person.rng.integers(len(ways)))]
    person.x, person.y = _spot(place, gate, person.rng)
    person.target = _spot(place, person.goes_to, person.rng)
    dx, dy = person.target[0] - person.x, person.target[1] - person.y
    person.heading = math.atan2(dy, dx)
    person.velocity[:] = [0.0, 0.0]
    person.away = False


def _avoidance(
    walkers: Sequence[Walker], obstacles: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Velocity that each person adds to avoid others and obstacles, metres per second."""
    if not walkers:
        return []
    at = np.array([(w.x, w.y) if not w.away else (1e6 + 50 * w.identity, 0.0) for w in walkers])
    others = np.concatenate([at, np.array(obstacles).reshape(-1, 2)])
    apart = at[:, None, :] - others[None, :, :]
    far = np.sqrt((apart**2).sum(axis=-1)) + 1e-6
    strength = np.where(far < _AVOIDANCE, 1.6 * (1 - far / _AVOIDANCE), 0.0)
    np.fill_diagonal(strength, 0.0)
    away = apart / far[..., None]
    # People give way to the right; otherwise two people who meet head-on would stop.
    aside = away + 0.6 * np.stack([-away[..., 1], away[..., 0]], axis=-1)
    push = cast(Floats, (aside * strength[..., None]).sum(axis=1))
    return [(float(x), float(y)) for x, y in push]


def _spot(place: Place, number: int, rng: np.random.Generator) -> tuple[float, float]:
    node = place.nodes[number]
    return (
        node.x + float(rng.uniform(-node.spread, node.spread)),
        node.y + float(rng.uniform(-node.spread, node.spread)),
    )


def _span(place: Place, link: tuple[int, int]) -> float:
    first, second = place.nodes[link[0]], place.nodes[link[1]]
    return math.hypot(first.x - second.x, first.y - second.y)
