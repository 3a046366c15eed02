"""The scaling signal: offered work, measured in workers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inference.meter import LevelIntegral, Meter, MeterReading, Totals


def meter(
    *, cores: float = 1.0, slots: int = 2, device_bound: bool = False, cost: float = 0.05
) -> Meter:
    return Meter(cores=cores, slots=slots, device_bound=device_bound, cost=cost)


def run(subject: Meter, per_second: Totals, seconds: int) -> MeterReading:
    """Tick once a second while every total grows at a steady rate."""
    reading = subject.tick(0.0, Totals())
    for second in range(1, seconds + 1):
        reading = subject.tick(
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


def test_cpu_time_of_an_idle_worker_is_not_offered_work() -> None:
    reading = run(meter(), Totals(cpu=0.03), 20)
    assert reading.offered_work_seconds == 0
    assert reading.scale_ratio == 0
    assert reading.utilisation == 0


def test_the_first_tick_only_sets_the_start() -> None:
    assert meter().tick(5.0, Totals(cpu=9.0, served=100)) == MeterReading(cost=0.05)


def test_utilisation_is_cpu_time_divided_by_the_quota() -> None:
    reading = run(meter(cores=2.0), Totals(cpu=0.8, slots=0.4, served=30), 10)
    assert reading.utilisation == pytest.approx(0.4)
    assert reading.offered_work_seconds == pytest.approx(4.0)


def test_utilisation_of_another_device_comes_from_its_slots() -> None:
    worked = Totals(cpu=0.1, slots=1.5, served=30)
    assert run(meter(device_bound=True), worked, 10).utilisation == pytest.approx(0.75)
    assert run(meter(device_bound=False), worked, 10).utilisation == pytest.approx(0.1)


def test_full_slots_with_waiting_work_count_as_utilisation() -> None:
    reading = run(meter(), Totals(cpu=0.3, slots=0.1, full=0.9, served=30), 10)
    assert reading.utilisation == pytest.approx(0.9)


def test_utilisation_never_exceeds_one() -> None:
    assert run(meter(), Totals(cpu=1.4, slots=2.0, served=30), 3).utilisation == 1.0


def test_a_claimed_drop_adds_the_cost_of_a_frame() -> None:
    reading = run(meter(), Totals(cpu=1.0, slots=2.0, served=50, claimed=75), 30)
    assert reading.cost == pytest.approx(1 / 50)
    assert reading.scale_ratio == pytest.approx(2.5)
    assert reading.drop_fps == pytest.approx(75)
    assert reading.infer_fps == pytest.approx(50)


def test_a_saturated_worker_has_the_ratio_of_offered_to_inferred_frames() -> None:
    reading = run(meter(), Totals(cpu=1.0, slots=2.0, served=40, claimed=20), 30)
    assert reading.scale_ratio == pytest.approx((40 + 20) / 40)


def test_the_cost_of_the_warm_up_applies_before_twenty_frames() -> None:
    reading = run(meter(cost=0.05), Totals(cpu=0.01, slots=0.1, served=1, claimed=10), 5)
    assert reading.cost == 0.05
    assert reading.offered_work_seconds == pytest.approx(5 * 0.01 + 50 * 0.05)


def test_the_cost_is_measured_from_twenty_frames() -> None:
    subject = meter(cost=0.05)
    subject.tick(0.0, Totals())
    assert subject.tick(1.0, Totals(cpu=0.19, slots=1, served=19)).cost == 0.05
    assert subject.tick(2.0, Totals(cpu=0.20, slots=2, served=20)).cost == pytest.approx(0.01)


def test_the_rates_are_zero_ten_seconds_after_the_last_frame() -> None:
    subject = meter()
    run(subject, Totals(cpu=1.0, slots=2.0, served=50, claimed=50), 15)
    stopped = Totals(cpu=15.0, slots=30.0, served=750, claimed=750)
    readings = [subject.tick(15.0 + second, stopped) for second in range(1, 13)]
    assert readings[4].scale_ratio > 0
    assert (readings[-1].scale_ratio, readings[-1].infer_fps, readings[-1].drop_fps) == (0, 0, 0)


def test_the_counter_never_decreases() -> None:
    subject = meter()
    before = run(subject, Totals(cpu=0.5, slots=1.0, served=50), 12).offered_work_seconds
    after = subject.tick(13.0, Totals(cpu=6.0, slots=12.0, served=600)).offered_work_seconds
    assert after == before


def test_a_second_tick_at_the_same_time_changes_nothing() -> None:
    subject = meter()
    first = run(subject, Totals(cpu=0.5, slots=1.0, served=50), 2)
    same = Totals(cpu=1.0, slots=2.0, served=100)
    assert subject.tick(2.0, same) == first


@given(load=st.floats(0.05, 4.0), workers=st.integers(1, 8))
def test_the_summed_rate_is_independent_of_the_number_of_workers(load: float, workers: int) -> None:
    """Equal workers serve up to their capacity; the other frames are dropped and claimed evenly."""
    capacity = 1000
    offered = round(load * capacity / workers)
    served = min(offered, capacity)
    busy = served / capacity
    worked = Totals(cpu=busy, slots=busy, served=served, claimed=offered - served)
    summed = workers * run(meter(), worked, 12).scale_ratio
    assert summed == pytest.approx(load, abs=workers / capacity)


def test_the_integral_is_level_times_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("apps.inference.meter.time", SimpleNamespace(monotonic=lambda: now))
    integral = LevelIntegral()
    now = 103.0
    integral.set(2)
    now = 104.0
    integral.set(2)
    now = 105.0
    assert integral.read() == 4.0
    integral.set(0)
    now = 200.0
    assert integral.read() == 4.0
