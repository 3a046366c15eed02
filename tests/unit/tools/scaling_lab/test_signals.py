"""Each signal reads what it reads in reality, its mistakes included."""

from __future__ import annotations

import math

import pytest

from apps.scaling.offered_work import load_rule
from tools.scaling_lab.manifest import RULE
from tools.scaling_lab.pool import Pod, Pool
from tools.scaling_lab.signals import (
    AveragingWindow,
    Cpu,
    Drops,
    Gauge,
    MetricReading,
    OfferedOrWaiting,
    OfferedRate,
    PodRate,
    QueueLength,
    ScalingSignal,
)

SHIPPED = load_rule(RULE)


def pool_of(pods: int, *, places: int = 0) -> Pool:
    pool = Pool(capacity=10, start_seconds=15, places=places)
    pool.scale(-math.inf, pods)
    return pool


def read(pool: Pool, signal: ScalingSignal, fps: float, *, seconds: int = 60) -> MetricReading:
    """The reading after some steady seconds, scraped every five."""
    for second in range(seconds):
        if second % 5 == 0:
            signal.scrape(second)
        pool.tick(second, fps)
    signal.scrape(seconds)
    return signal.read(seconds)


@pytest.mark.parametrize("pods", [1, 3, 9])
def test_offered_work_is_the_same_for_any_number_of_pods(pods: int) -> None:
    pool = pool_of(pods)
    assert read(pool, OfferedRate(pool, SHIPPED), 25).total == pytest.approx(2.5)


def test_offered_work_is_nothing_while_a_settled_pod_is_not_scraped() -> None:
    pool = pool_of(2)
    signal = OfferedRate(pool, SHIPPED)
    read(pool, signal, 25)
    pool.scale(60, 3)
    for second in range(60, 100):
        pool.tick(second, 25)
    assert signal.read(100).total is None


def test_the_query_of_scaling_to_zero_is_never_empty_without_pods() -> None:
    pool = pool_of(0, places=5)
    signal = OfferedOrWaiting(pool, SHIPPED)
    assert read(pool, signal, 0).total == 0
    assert read(pool, signal, 3).total == 0.001


def test_a_rate_of_each_pod_is_one_value_for_each() -> None:
    pool = pool_of(2)
    assert dict(read(pool, PodRate(pool, 15), 25).pods) == pytest.approx({1: 1.25, 2: 1.25})


def test_a_stale_window_of_an_old_pod_is_added_to_fresh_ones_of_new_pods() -> None:
    pool = pool_of(1)
    signal = Gauge(pool, AveragingWindow(10.0, first_at=5.0))
    read(pool, signal, 40)  # one pod, four pods' work
    pool.scale(45, 4)  # ready at 60
    highest = 0.0
    for second in range(60, 85):
        pool.tick(second, 40)
        signal.scrape(second + 1)
        highest = max(highest, signal.read(second + 1).total or 0.0)
    assert highest > 5.0  # four were offered


def test_the_old_ratio_of_pods_that_were_never_full_says_that_they_are() -> None:
    pool = pool_of(1)
    signal = Gauge(pool, AveragingWindow(10.0), against_maximum=True)
    assert read(pool, signal, 20).total == pytest.approx(2.0)
    fresh = pool_of(2)
    relaxed = Gauge(fresh, AveragingWindow(10.0), against_maximum=True)
    assert read(fresh, relaxed, 5).total == pytest.approx(2.0)  # each thinks that it is full


def test_the_old_ratio_of_an_idle_pod_is_a_half() -> None:
    pool = pool_of(2)
    idle = Gauge(pool, AveragingWindow(10.0), against_maximum=True)
    assert read(pool, idle, 0).total == pytest.approx(1.0)


def test_drops_fall_silent_once_they_are_obeyed() -> None:
    few, many = pool_of(1), pool_of(3)
    assert read(few, Drops(few, AveragingWindow(10.0)), 25).total == pytest.approx(15)
    assert read(many, Drops(many, AveragingWindow(10.0)), 25).total == 0


def test_the_length_of_a_bounded_list_is_bounded() -> None:
    pool = pool_of(1, places=32)
    assert read(pool, QueueLength(pool), 1000).total == 32


def test_cpu_stops_at_a_hundred_per_cent() -> None:
    for fps, share in ((15, 75), (150, 100)):
        pool = pool_of(2)
        signal = Cpu(pool, AveragingWindow(15.0, tumbling=False), 10)
        assert dict(read(pool, signal, fps).pods) == pytest.approx({1: share, 2: share})


def test_a_tumbling_window_is_over_when_it_is_over() -> None:
    window = AveragingWindow(10.0)
    pod = Pod(1, 0.0, 15.0)
    assert window.edges(pod, 24.9) is None
    assert window.edges(pod, 25.0) == window.edges(pod, 34.9) == (15.0, 25.0)


def test_a_trailing_window_ends_now_and_begins_no_earlier_than_the_pod() -> None:
    window = AveragingWindow(10.0, tumbling=False)
    pod = Pod(1, 0.0, 15.0)
    assert window.edges(pod, 18.0) == (15.0, 18.0)
    assert window.edges(pod, 40.0) == (30.0, 40.0)
