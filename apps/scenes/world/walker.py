"""People on their ways: from node to node, past each other, across when the light is green."""

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

#: Metres within which people make room for each other.
_ROOM = 1.1
#: Metres per second and second that people can change their way by.
_AGILITY = 2.5
#: Radians per second that people turn at most.
_TURNING = 2.6
_ARRIVED = 0.45
#: Seconds of green that must be left for somebody to set off.
_TIME_TO_CROSS = 4.0


@dataclass
class Walker:
    """Somebody on their way; changed by `step` only."""

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
        """What can be seen of it; nothing while it is away."""
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
    """Somebody at a place of their own, somewhere between two nodes."""
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
    """Let everybody go on for a moment.

    Args:
        walkers: everybody; changed in place.
        place: where they are.
        now: seconds of the world.
        seconds: how long the moment is.
        obstacles: where something stands that people walk around, metres.
    """
    push = _room(walkers, obstacles)
    for someone, pushed in zip(walkers, push, strict=True):
        if someone.away:
            _return(someone, place, now)
            continue
        wish_x, wish_y = _wish(someone, place, now)
        push_x, push_y = (0.0, 0.0) if someone.at_kerb else pushed  # never onto the road
        change = wish_x + push_x - someone.velocity[0], wish_y + push_y - someone.velocity[1]
        size = math.hypot(*change)
        share = min(1.0, _AGILITY * seconds / size) if size > 0 else 0.0
        someone.velocity[0] += change[0] * share
        someone.velocity[1] += change[1] * share
        _move(someone, seconds)


def _move(someone: Walker, seconds: float) -> None:
    vx, vy = someone.velocity
    someone.speed = math.hypot(vx, vy)
    someone.x += vx * seconds
    someone.y += vy * seconds
    someone.walked += someone.speed * seconds
    if someone.speed > 0.2:
        turn = math.remainder(math.atan2(vy, vx) - someone.heading, 2 * math.pi)
        most = _TURNING * seconds
        someone.heading += min(most, max(-most, turn))


def _wish(someone: Walker, place: Place, now: float) -> tuple[float, float]:
    """The velocity that somebody would have if they were alone."""
    if now < someone.waits_until:
        return 0.0, 0.0
    dx, dy = someone.target[0] - someone.x, someone.target[1] - someone.y
    far = math.hypot(dx, dy)
    if far < _ARRIVED:
        _arrive(someone, place, now)
        return 0.0, 0.0
    if _must_wait(someone, place, now):
        return 0.0, 0.0
    return dx / far * someone.look.pace, dy / far * someone.look.pace


def _must_wait(someone: Walker, place: Place, now: float) -> bool:
    """At the kerb, until there is time to cross; whoever is on the road goes on."""
    if not someone.at_kerb:
        return False
    assert place.signal is not None  # noqa: S101 - only its crossings have kerbs
    number, left = place.signal.turn(now)
    someone.at_kerb = number != len(place.signal.green) - 1 or left < _TIME_TO_CROSS
    return someone.at_kerb


def _arrive(someone: Walker, place: Place, now: float) -> None:
    here = someone.goes_to
    kind = place.nodes[here].kind
    if kind == "gate":
        someone.away = True
        someone.waits_until = now + float(someone.rng.uniform(0.5, 4.0))
        return
    if kind == "stay":
        someone.waits_until = now + float(someone.rng.uniform(2.0, 9.0))
    ways = [a if b == here else b for a, b in place.links if here in (a, b)]
    onward = [node for node in ways if node != someone.came_from] or ways
    someone.came_from, someone.goes_to = here, onward[int(someone.rng.integers(len(onward)))]
    link = (min(here, someone.goes_to), max(here, someone.goes_to))
    someone.at_kerb = place.signal is not None and link in place.crossings
    someone.target = _spot(place, someone.goes_to, someone.rng)


def _return(someone: Walker, place: Place, now: float) -> None:
    if now < someone.waits_until:
        return
    gates = [number for number, node in enumerate(place.nodes) if node.kind == "gate"]
    gate = gates[int(someone.rng.integers(len(gates)))]
    ways = [a if b == gate else b for a, b in place.links if gate in (a, b)]
    someone.came_from, someone.goes_to = gate, ways[int(someone.rng.integers(len(ways)))]
    someone.x, someone.y = _spot(place, gate, someone.rng)
    someone.target = _spot(place, someone.goes_to, someone.rng)
    dx, dy = someone.target[0] - someone.x, someone.target[1] - someone.y
    someone.heading = math.atan2(dy, dx)
    someone.velocity[:] = [0.0, 0.0]
    someone.away = False


def _room(
    walkers: Sequence[Walker], obstacles: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """How everybody is pushed aside by the others and by obstacles, metres per second."""
    if not walkers:
        return []
    at = np.array([(w.x, w.y) if not w.away else (1e6 + 50 * w.identity, 0.0) for w in walkers])
    others = np.concatenate([at, np.array(obstacles).reshape(-1, 2)])
    apart = at[:, None, :] - others[None, :, :]
    far = np.sqrt((apart**2).sum(axis=-1)) + 1e-6
    strength = np.where(far < _ROOM, 1.6 * (1 - far / _ROOM), 0.0)
    np.fill_diagonal(strength, 0.0)
    away = apart / far[..., None]
    # Everybody gives way to the right, or two who meet head on would stop.
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
