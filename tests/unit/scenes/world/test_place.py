"""Places: traffic light cycles, and references between their parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.scenes.catalogue import PLANS
from apps.scenes.drawing.props import PROPS
from apps.scenes.drawing.texture import tile
from apps.scenes.world.place import SignalCycle


@given(st.lists(st.floats(1, 30), min_size=1, max_size=4), st.floats(0, 500))
def test_at_most_one_phase_has_green(green: list[float], now: float) -> None:
    assert SignalCycle(tuple(green)).phase(now) in {-1, *range(len(green))}


def test_each_phase_has_its_duration_and_red_follows() -> None:
    signal = SignalCycle((3.0, 2.0), clear=1.0)
    phases = [signal.phase(tenth / 10 + 0.05) for tenth in range(70)]
    assert [phases.count(number) for number in (0, 1, -1)] == [30, 20, 20]
    assert signal.phase(7.1) == signal.phase(0.1) == 0


@pytest.mark.parametrize("name", PLANS)
def test_the_references_of_a_place_are_valid(name: str) -> None:
    place = PLANS[name].place(3)
    assert len(place.mounts) == 3
    assert all(max(link) < len(place.nodes) for link in place.links)
    assert place.crossings <= set(place.links)
    assert any(node.kind == "gate" for node in place.nodes)
    assert {prop.kind for prop in place.props} <= PROPS.keys()
    assert all(tile(patch.texture) for patch in place.patches if patch.texture)
    assert all(lane.stop >= 0 for lane in place.lanes)


@pytest.mark.parametrize("name", PLANS)
def test_every_node_can_be_reached(name: str) -> None:
    place = PLANS[name].place(3)
    reached, fresh = {0}, {0}
    while fresh:
        fresh = {b for a, b in [*place.links, *[(b, a) for a, b in place.links]] if a in fresh}
        fresh -= reached
        reached |= fresh
    assert reached == set(range(len(place.nodes)))
