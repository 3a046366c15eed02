"""The estimate of Redis' clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from apps.runtime import clock
from apps.runtime.clock import RedisClock

HERE = 5_000_000
THERE = 1_700_000_000_000_000


@pytest.fixture
def redis_clock(monkeypatch: pytest.MonkeyPatch) -> RedisClock:
    """A clock on a machine whose local time does not change."""
    monkeypatch.setattr(clock, "monotonic_us", lambda: HERE)
    return RedisClock()


def test_before_the_first_sample_it_is_the_local_clock() -> None:
    assert not RedisClock().synchronised
    assert RedisClock().now() > THERE


def test_a_reply_counts_for_the_middle_of_its_round_trip(
    redis_clock: RedisClock,
) -> None:
    redis_clock.observe(HERE - 2000, THERE, HERE)
    assert redis_clock.now() == THERE + 1000
    assert redis_clock.synchronised


def test_a_slow_reply_does_not_move_the_clock(redis_clock: RedisClock) -> None:
    redis_clock.observe(HERE - 200, THERE, HERE)
    redis_clock.observe(HERE - 90_000, THERE, HERE)
    assert redis_clock.now() == THERE + 100


def test_a_faster_reply_moves_the_clock(redis_clock: RedisClock) -> None:
    redis_clock.observe(HERE - 90_000, THERE, HERE)
    redis_clock.observe(HERE - 200, THERE, HERE)
    assert redis_clock.now() == THERE + 100


def test_a_clock_that_was_set_is_followed_at_once(redis_clock: RedisClock) -> None:
    for _ in range(8):
        redis_clock.observe(HERE - 200, THERE, HERE)
    redis_clock.observe(HERE - 2000, THERE + 60_000_000, HERE)
    assert redis_clock.now() == THERE + 60_001_000


def test_a_clock_that_drifts_is_followed_within_eight_replies(redis_clock: RedisClock) -> None:
    redis_clock.observe(HERE - 2, THERE, HERE)
    for _ in range(8):
        redis_clock.observe(HERE - 200, THERE + 5000, HERE)
    assert redis_clock.now() == THERE + 5100


@given(
    trips=st.lists(st.integers(0, 400_000), min_size=1, max_size=20),
    share=st.floats(0, 1),
)
def test_the_error_is_at_most_half_the_shortest_round_trip_of_the_last_eight(
    trips: list[int], share: float
) -> None:
    redis_clock, offset, moment = RedisClock(), 1_000_000_000, 0
    for trip in trips:
        redis_clock.observe(moment, moment + int(trip * share) + offset, moment + trip)
        moment += trip + 1000
    error = abs(redis_clock.at(moment) - (moment + offset))
    assert error <= max(trips[-8:]) / 2 + 1


async def test_synchronise_reads_the_time_of_redis(real_redis: Redis) -> None:
    redis_clock = RedisClock()
    await redis_clock.synchronise(real_redis)
    seconds, micros = await real_redis.time()
    assert abs(redis_clock.now() - (seconds * 1_000_000 + micros)) < 1_000_000
    assert redis_clock.synchronised


def test_a_local_time_is_converted_to_redis_time(redis_clock: RedisClock) -> None:
    redis_clock.observe(HERE, THERE, HERE)
    assert redis_clock.at(HERE - 500) == THERE - 500
