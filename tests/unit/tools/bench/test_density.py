"""When a camera counts as served, and how the most cameras are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.bench.density import Served, largest


def served(fps: float = 15.0, offered: int = 900, dropped: int = 0, age_ms: float = 50.0) -> Served:
    return Served(fps, offered, dropped, [age_ms] * 20)


def test_a_camera_that_gets_its_rate_in_time_is_served() -> None:
    assert served().well
    assert served(fps=14.95, dropped=8, age_ms=200.0).well


@pytest.mark.parametrize(
    "one", [served(fps=14.9), served(dropped=9), served(age_ms=201.0), Served(0.0, 0, 0, [])]
)
def test_a_camera_that_is_slow_loses_frames_is_old_or_silent_is_not(one: Served) -> None:
    assert not one.well


def test_one_old_result_of_twenty_is_forgiven_and_two_are_not() -> None:
    assert Served(15.0, 900, 0, [50.0] * 19 + [999.0]).well
    assert not Served(15.0, 900, 0, [50.0] * 18 + [999.0] * 2).well


@given(limit=st.integers(0, 30), guess=st.integers(-2, 30))
async def test_the_most_that_hold_are_found_from_any_guess(limit: int, guess: int) -> None:
    asked: list[int] = []

    async def holds(count: int) -> bool:
        asked.append(count)
        return count <= limit

    assert await largest(guess, holds) == limit
    assert len(asked) == len(set(asked))
