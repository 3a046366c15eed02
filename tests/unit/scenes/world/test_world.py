"""The simulation of the world."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.scenes.places.crossing import crossing
from apps.scenes.places.shop import shop
from apps.scenes.places.square import square
from apps.scenes.places.street import street
from apps.scenes.world.mover import Label, Mover
from apps.scenes.world.place import Place
from apps.scenes.world.world import STEP, World

STREET = street(1)
CROSSING = crossing(1)


def world(place: Place = STREET, seed: int = 1, people: int = 8) -> World:
    return World(place, seed=seed, people=people, vehicles=4, bikes=2)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.floats(0, 40), min_size=1, max_size=5))
def test_a_moment_does_not_depend_on_the_order_of_calls(moments: list[float]) -> None:
    asked = world()
    for moment in moments:
        assert asked.at(moment) == world().at(moment)


def test_one_more_person_changes_no_look_and_no_vehicle() -> None:
    few, many = world(people=3), world(people=4)
    assert {n: few.people[n] for n in (1, 2, 3)} == {n: many.people[n] for n in (1, 2, 3)}
    assert few.vehicles == many.vehicles
    first = [m for m in few.at(0) if m.label is Label.VEHICLE]
    assert first == [m for m in many.at(0) if m.label is Label.VEHICLE]


def test_different_seeds_give_different_people() -> None:
    assert world(seed=1).people != world(seed=2).people


def test_positions_never_jump() -> None:
    watched = world()
    before: dict[int, Mover] = {}
    for step in range(900):
        now = {mover.identity: mover for mover in watched.at(step * STEP)}
        for identity in now.keys() & before.keys():
            far = math.dist(
                (now[identity].x, now[identity].y), (before[identity].x, before[identity].y)
            )
            most = 0.35 if now[identity].label is Label.PERSON else 1.5
            assert far < most or _came_back(before[identity], now[identity])
        before = now


def _came_back(before: Mover, now: Mover) -> bool:
    """Whether a person left through one gate and appears at another."""
    return math.dist((before.x, before.y), (now.x, now.y)) > 5


def test_identity_and_kind_never_change() -> None:
    watched = world()
    kinds: dict[int, Label] = {}
    for second in range(60):
        for mover in watched.at(second):
            assert kinds.setdefault(mover.identity, mover.label) is mover.label
    assert {k for k, label in kinds.items() if label is Label.PERSON} <= set(range(1, 9))
    assert {k for k, label in kinds.items() if label is Label.VEHICLE} <= set(range(1001, 1005))


def test_people_keep_a_distance_from_each_other() -> None:
    watched = World(square(1), seed=2, people=30)
    close = total = 0
    for step in range(0, 400, 4):
        places = [(m.x, m.y) for m in watched.at(step * STEP)]
        for first, second in itertools.combinations(places, 2):
            total += math.dist(first, second) < 3
            close += math.dist(first, second) < 0.35
    assert close < 0.01 * total


@pytest.mark.parametrize("place", [STREET, CROSSING])
def test_vehicles_of_one_lane_never_touch(place: Place) -> None:
    watched = World(place, seed=4, people=0, vehicles=12)
    for step in range(0, 1500, 5):
        for side in (-1, 1):
            lane = sorted(
                (m.x, watched.vehicles[m.identity].length)
                for m in watched.at(step * STEP)
                if 1.8 < side * m.y < 1.95 and side * m.x > 10
            )
            for (behind, length), (ahead, other) in itertools.pairwise(lane):
                assert ahead - behind > (length + other) / 2


@pytest.mark.parametrize("place", [STREET, CROSSING])
def test_people_do_not_enter_a_crossing_while_vehicles_have_green(place: Place) -> None:
    watched = World(place, seed=3, people=25)
    assert place.signal is not None
    walk = len(place.signal.green) - 1
    inside_since: dict[int, float] = {}
    for step in range(1500):
        now = step * STEP
        on_road = {m.identity for m in watched.at(now) if _on_road(place, m)}
        for identity in on_road - inside_since.keys():
            inside_since[identity] = now
            # A person who had green a moment ago may still be walking from the kerb.
            recent = [place.signal.phase(max(0.0, now - back / 10)) for back in range(25)]
            assert walk in recent or now < 1
        inside_since = {k: v for k, v in inside_since.items() if k in on_road}


def _on_road(place: Place, mover: Mover) -> bool:
    if place is CROSSING:
        return abs(mover.x) < 3 or abs(mover.y) < 3
    return abs(mover.y) < 3


def test_vehicles_stop_at_red() -> None:
    watched = World(STREET, seed=3, people=0, vehicles=8)
    assert STREET.signal is not None
    before = {m.identity: m for m in watched.at(0)}
    for step in range(1, 1500):
        now = {m.identity: m for m in watched.at(step * STEP)}
        for identity in now.keys() & before.keys():
            # The front passes the line of the eastern lane, x = 2.
            front = watched.vehicles[identity].length / 2
            passed = before[identity].x + front < 2.0 <= now[identity].x + front
            if passed and abs(now[identity].y + 1.85) < 0.1:
                recent = [STREET.signal.phase(step * STEP - back / 10) for back in range(25)]
                assert 0 in recent
        before = now


def test_a_world_without_lanes_has_no_vehicles() -> None:
    watched = World(square(1), seed=1, people=2, vehicles=5)
    assert not watched.vehicles
    assert {mover.label for mover in watched.at(1)} <= {Label.PERSON}


PLACES = (STREET, CROSSING, square(1), shop(1))


@pytest.mark.parametrize("place", PLACES)
def test_cones_stand_still_apart_and_outside_the_lanes(place: Place) -> None:
    watched = World(place, seed=2, people=0, cones=20)
    cones = [mover for mover in watched.at(0) if mover.label is Label.CONE]
    assert [cone.identity for cone in cones] == list(range(4001, 4021))
    assert [mover for mover in watched.at(50) if mover.label is Label.CONE] == cones
    for first, second in itertools.combinations(cones, 2):
        assert math.dist((first.x, first.y), (second.x, second.y)) > 0.6
    for lane in place.lanes:
        for (ax, ay), (bx, by) in itertools.pairwise(lane.points):
            for share in (number / 200 for number in range(201)):
                at = ax + (bx - ax) * share, ay + (by - ay) * share
                assert all(math.dist(at, (cone.x, cone.y)) > 0.5 for cone in cones)


def test_one_more_cone_moves_no_other_cone() -> None:
    few, many = (World(STREET, seed=2, people=2, cones=count) for count in (5, 6))
    assert few.at(3)[-5:] == many.at(3)[-6:-1]
    assert few.cones == {number: many.cones[number] for number in few.cones}


def test_cones_change_nothing_else_in_the_world() -> None:
    assert {mover.label for mover in world().at(3)} == {Label.PERSON, Label.VEHICLE, Label.BIKE}


def test_people_walk_around_cones() -> None:
    watched = World(square(1), seed=2, people=25, cones=20)
    inside = total = 0
    for step in range(0, 600, 4):
        movers = watched.at(step * STEP)
        cones = [(mover.x, mover.y) for mover in movers if mover.label is Label.CONE]
        for mover in movers:
            if mover.label is Label.PERSON:
                nearest = min(math.dist((mover.x, mover.y), cone) for cone in cones)
                inside += nearest < 0.3
                total += nearest < 2
    assert total > 200
    assert inside < 0.02 * total


def test_a_full_place_takes_no_more_cones() -> None:
    assert 0 < len(World(shop(1), seed=1, people=0, cones=1000).cones) < 1000


def test_between_two_steps_things_move_evenly() -> None:
    watched = world()
    low, middle, high = ({m.identity: m for m in watched.at(at)} for at in (2.0, 2.05, 2.1 - 1e-7))
    for identity, mover in middle.items():
        assert mover.x == pytest.approx((low[identity].x + high[identity].x) / 2, abs=1e-3)
        assert mover.y == pytest.approx((low[identity].y + high[identity].y) / 2, abs=1e-3)
