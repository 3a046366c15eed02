"""A pool serves what it can, queues what fits, loses the rest, and counts as workers count."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.scaling_lab.pool import Pool


def pool(pods: int = 1, *, places: int = 0, start: float = 15.0) -> Pool:
    made = Pool(capacity=10, start_seconds=start, places=places)
    made.scale(-math.inf, pods)
    return made


def test_a_pool_that_can_serves_everything() -> None:
    two = pool(2)
    two.tick(0, 15)
    done = two.sums(two.pods[0], 1)
    assert (done.served, done.dropped, done.work, two.lost) == (7.5, 0, 0.75, 0)


def test_offered_work_is_load_over_capacity_however_much_is_lost() -> None:
    one = pool(1)
    one.tick(0, 40)
    done = one.sums(one.pods[0], 1)
    assert (done.served, done.dropped, done.work, one.lost) == (10, 30, 4.0, 30)


def test_what_fits_waits_and_is_served_later() -> None:
    one = pool(1, places=8)
    one.tick(0, 15)
    assert (one.queued, one.lost) == (5, 0)
    one.tick(1, 2)
    assert one.queued == 0
    assert one.sums(one.pods[0], 2).served == 17


def test_a_pod_works_once_it_is_ready_and_counts_from_zero() -> None:
    grown = pool(1)
    grown.scale(2.0, 2)
    for second in range(20):
        grown.tick(second, 20)
    old, new = grown.pods
    assert len(grown.ready(16.9)) == 1
    assert len(grown.ready(17.0)) == 2
    assert grown.sums(new, 20).work == pytest.approx(3 * 1.0)
    assert grown.sums(old, 20).work == pytest.approx(17 * 2.0 + 3 * 1.0)


def test_the_youngest_pods_go_first() -> None:
    three = pool(3)
    three.scale(0, 1)
    assert [pod.number for pod in three.pods] == [1]


def test_without_pods_a_full_queue_loses() -> None:
    none = pool(0, places=5)
    none.tick(0, 7)
    assert (none.queued, none.lost) == (5, 2)


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 100)), max_size=40))
def test_every_frame_is_served_queued_or_lost(seconds: list[tuple[int, float]]) -> None:
    any_pool = pool(1, places=7, start=2.0)
    for now, (pods, fps) in enumerate(seconds):
        any_pool.scale(now, pods)
        any_pool.tick(now, fps)
    served = any_pool.together(0, len(seconds)).served
    offered = sum(fps for _, fps in seconds)
    assert served + any_pool.queued + any_pool.lost == pytest.approx(offered)
