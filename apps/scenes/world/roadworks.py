"""Places traffic cones in rows along paths and lanes, but outside the lanes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from apps.scenes.world.mover import Label, Mover
from apps.scenes.world.place import Place

__all__ = ["settle"]

#: Largest distance of a cone from the aim of a camera, metres; farther ones would not be visible.
_NEAR_AIM = 15.0
#: Free space beside the middle of a lane, metres: half a vehicle (or bicycle) and a margin.
_LANE_SPACE = {False: 1.45, True: 0.6}
#: Least distance between two cones, and to the middle of a prop, metres.
_APART, _PROP_SPACE = 0.7, 0.9
#: Probability that a cone continues a row, and range of distances in a row, metres.
_CONTINUES, _GAPS = 0.65, (1.1, 1.9)
#: Largest distance of a cone from the middle of a lane, metres.
_BESIDE_LANE = 4.0
_TRIES = 80


def settle(
    identity: int, before: Sequence[Mover], place: Place, rng: np.random.Generator
) -> Mover | None:
    """Place a cone at a random free point; None if no free point was found.

    Args:
        identity: of the cone.
        before: the earlier cones; the new one may continue the row of the last one.
        place: the surroundings.
        rng: random numbers for this cone.
    """
    for _ in range(_TRIES):
        if before and rng.random() < _CONTINUES:
            x, y, heading = _beside(before[-1], rng)
        else:
            x, y, heading = _anywhere(place, rng)
        if _is_free(x, y, before, place):
            return Mover(
                identity=identity,
                label=Label.CONE,
                x=x,
                y=y,
                heading=heading,
                speed=0.0,
                walked=0.0,
            )
    return None


def _beside(last: Mover, rng: np.random.Generator) -> tuple[float, float, float]:
    """The next point of a row, which bends slightly."""
    gap, bend = float(rng.uniform(*_GAPS)), float(rng.normal(0, 0.08))
    heading = last.heading + bend
    return last.x + gap * math.cos(heading), last.y + gap * math.sin(heading), heading


def _anywhere(place: Place, rng: np.random.Generator) -> tuple[float, float, float]:
    """A point beside a path or a lane, and its direction."""
    lanes = [lane.points for lane in place.lanes if not lane.bikes]
    if lanes and rng.random() < 0.5:
        points = lanes[int(rng.integers(len(lanes)))]
        piece = int(rng.integers(len(points) - 1))
        (ax, ay), (bx, by), beside = points[piece], points[piece + 1], _BESIDE_LANE
    else:
        links = [link for link in place.links if link not in place.crossings]
        first, second = (place.nodes[number] for number in links[int(rng.integers(len(links)))])
        (ax, ay), (bx, by) = (first.x, first.y), (second.x, second.y)
        beside = min(first.spread, second.spread) + 0.4
    heading, share = math.atan2(by - ay, bx - ax), float(rng.uniform(0, 1))
    aside = float(rng.uniform(-beside, beside))
    x = ax + (bx - ax) * share - aside * math.sin(heading)
    y = ay + (by - ay) * share + aside * math.cos(heading)
    return x, y, heading


def _is_free(x: float, y: float, before: Sequence[Mover], place: Place) -> bool:
    """Whether a point is near a camera's aim, outside the lanes, and far from other objects."""
    aims = [mount.to for mount in place.mounts]
    return (
        any(math.dist((x, y), aim[:2]) < _NEAR_AIM for aim in aims)
        and all(math.dist((x, y), (other.x, other.y)) > _APART for other in before)
        and all(math.dist((x, y), (prop.x, prop.y)) > _PROP_SPACE for prop in place.props)
        and all(_far(x, y, lane.points) > _LANE_SPACE[lane.bikes] for lane in place.lanes)
    )


def _far(x: float, y: float, line: Sequence[tuple[float, float]]) -> float:
    """Distance from a point to a polyline, metres."""
    points = np.array(line)
    start, along = points[:-1], np.diff(points, axis=0)
    share = ((np.array([x, y]) - start) * along).sum(axis=1) / (along**2).sum(axis=1)
    nearest = start + along * np.clip(share, 0, 1)[:, None]
    return float(np.hypot(*(nearest - (x, y)).T).min())
