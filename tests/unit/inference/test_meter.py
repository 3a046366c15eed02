"""The scaling signal: offered work, measured in pods."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inference.meter import Meter, Reading, Stopwatch, Totals


def meter(
    *, cores: float = 1.0, slots: int = 2, device_bound: bool = False, cost: float = 0.05
) -> Meter:
    return Meter(cores=cores, slots=slots, device_bound=device_bound, cost=cost)


def run(under_test: Meter, per_second: Totals, seconds: int) -> Reading:
    """Tick once a second while every total grows at a steady rate."""
    reading = under_test.tick(0.0, Totals())
    for second in range(1, seconds + 1):
        reading = under_test.tick(
            float(second),
            Totals(
                cpu=per_second.cpu * second,
                slots=per_second.slots * second,
                full=per_second.full * second,
                served=per_second.served * second,
                claimed=per_second.claimed * second,
            ),
        )
    return reading


def test_an_idle_worker_offers_nothing_although_its_heartbeat_uses_cpu() -> None:
    reading = run(meter(), Totals(cpu=0.03), 20)
    assert reading.offered_work_seconds == 0
    assert reading.scale_ratio == 0
    assert reading.utilisation == 0


def test_the_first_tick_only_begins() -> None:
    assert meter().tick(5.0, Totals(cpu=9.0, served=100)) == Reading(cost=0.05)


def test_utilisation_is_the_share_of_the_allowed_cpu_time() -> None:
    reading = run(meter(cores=2.0), Totals(cpu=0.8, slots=0.4, served=30), 10)
    assert reading.utilisation == pytest.approx(0.4)
    assert reading.offered_work_seconds == pytest.approx(4.0)


def test_a_device_that_is_not_the_cpu_is_as_busy_as_its_slots() -> None:
    worked = Totals(cpu=0.1, slots=1.5, served=30)
    assert run(meter(device_bound=True), worked, 10).utilisation == pytest.approx(0.75)
    assert run(meter(device_bound=False), worked, 10).utilisation == pytest.approx(0.1)


def test_full_hands_while_more_waits_are_utilisation_whatever_the_cpu_says() -> None:
    reading = run(meter(), Totals(cpu=0.3, slots=0.1, full=0.9, served=30), 10)
    assert reading.utilisation == pytest.approx(0.9)


def test_utilisation_never_exceeds_one() -> None:
    assert run(meter(), Totals(cpu=1.4, slots=2.0, served=30), 3).utilisation == 1.0


def test_each_claimed_drop_adds_its_cost() -> None:
    reading = run(meter(), Totals(cpu=1.0, slots=2.0, served=50, claimed=75), 30)
    assert reading.cost == pytest.approx(1 / 50)
    assert reading.scale_ratio == pytest.approx(2.5)
    assert reading.drop_fps == pytest.approx(75)
    assert reading.infer_fps == pytest.approx(50)


def test_when_saturated_the_ratio_is_inferred_plus_dropped_by_inferred() -> None:
    reading = run(meter(), Totals(cpu=1.0, slots=2.0, served=40, claimed=20), 30)
    assert reading.scale_ratio == pytest.approx((40 + 20) / 40)


def test_before_twenty_frames_the_cost_is_that_of_warm_up() -> None:
    reading = run(meter(cost=0.05), Totals(cpu=0.01, slots=0.1, served=1, claimed=10), 5)
    assert reading.cost == 0.05
    assert reading.offered_work_seconds == pytest.approx(5 * 0.01 + 50 * 0.05)


def test_from_twenty_frames_on_the_cost_is_measured() -> None:
    under_test = meter(cost=0.05)
    under_test.tick(0.0, Totals())
    assert under_test.tick(1.0, Totals(cpu=0.19, slots=1, served=19)).cost == 0.05
    assert under_test.tick(2.0, Totals(cpu=0.20, slots=2, served=20)).cost == pytest.approx(0.01)


def test_a_worker_that_goes_idle_reads_zero_ten_seconds_later() -> None:
    under_test = meter()
    run(under_test, Totals(cpu=1.0, slots=2.0, served=50, claimed=50), 15)
    stopped = Totals(cpu=15.0, slots=30.0, served=750, claimed=750)
    readings = [under_test.tick(15.0 + second, stopped) for second in range(1, 13)]
    assert readings[4].scale_ratio > 0
    assert (readings[-1].scale_ratio, readings[-1].infer_fps, readings[-1].drop_fps) == (0, 0, 0)


def test_the_counter_never_falls() -> None:
    under_test = meter()
    before = run(under_test, Totals(cpu=0.5, slots=1.0, served=50), 12).offered_work_seconds
    after = under_test.tick(13.0, Totals(cpu=6.0, slots=12.0, served=600)).offered_work_seconds
    assert after == before


def test_a_tick_at_the_same_instant_changes_nothing() -> None:
    under_test = meter()
    first = run(under_test, Totals(cpu=0.5, slots=1.0, served=50), 2)
    same = Totals(cpu=1.0, slots=2.0, served=100)
    assert under_test.tick(2.0, same) == first


@given(load=st.floats(0.05, 4.0), workers=st.integers(1, 8))
def test_the_summed_rate_is_the_offered_load_however_many_workers_share_it(
    load: float, workers: int
) -> None:
    """Equal workers serve what they can; the rest is dropped and claimed evenly."""
    capacity = 1000
    offered = round(load * capacity / workers)
    served = min(offered, capacity)
    busy = served / capacity
    worked = Totals(cpu=busy, slots=busy, served=served, claimed=offered - served)
    summed = workers * run(meter(), worked, 12).scale_ratio
    assert summed == pytest.approx(load, abs=workers / capacity)


def test_a_stopwatch_integrates_its_level(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("apps.inference.meter.time", SimpleNamespace(monotonic=lambda: now))
    stopwatch = Stopwatch()
    now = 103.0
    stopwatch.set(2)
    now = 104.0
    stopwatch.set(2)
    now = 105.0
    assert stopwatch.read() == 4.0
    stopwatch.set(0)
    now = 200.0
    assert stopwatch.read() == 4.0
