"""Frame rates between two observations."""

from __future__ import annotations

import pytest

from apps.gateway.state.observation import FrameRates, RateWindow
from tests.unit.gateway.observations import ledger, line, observation, stream, worker


def test_one_moment_has_no_rates() -> None:
    window = RateWindow()
    window.add(observation(0, ledgers=[ledger(hall=line(100))]))
    assert window.rates("face", "hall") == FrameRates()


def test_rates_are_differences_of_the_ledger_over_time() -> None:
    window = RateWindow()
    window.add(observation(0, ledgers=[ledger(hall=line(100))]))
    window.add(
        observation(4, ledgers=[ledger(hall=line(160, inferred=140, dropped={"stale": 20}))]),
    )
    assert window.rates("face", "hall") == FrameRates(pushed=15.0, inferred=10.0, dropped=5.0)


def test_a_task_has_the_rates_of_its_streams_together() -> None:
    window = RateWindow()
    window.add(observation(0, ledgers=[ledger(a=line(0), b=line(0))]))
    window.add(observation(2, ledgers=[ledger(a=line(10), b=line(20))]))
    assert window.rates("face").pushed == pytest.approx(15.0)


def test_a_new_stream_began_at_nothing() -> None:
    window = RateWindow()
    window.add(observation(0, ledgers=[ledger(a=line(5))]))
    window.add(observation(1, ledgers=[ledger(a=line(5), b=line(7))]))
    assert window.rates("face", "b").pushed == pytest.approx(7.0)


def test_only_the_last_seconds_count() -> None:
    window = RateWindow(seconds=10)
    for second in range(40):
        window.add(observation(second, ledgers=[ledger(hall=line(min(second, 25) * 10))]))
    assert window.rates("face", "hall").pushed == 0.0


def test_another_data_set_has_no_rate_yet() -> None:
    window = RateWindow()
    window.add(observation(0, ledgers=[ledger(hall=line(1000))]))
    window.add(observation(1, ledgers=[ledger(identity="2-b", hall=line(3))]))
    assert window.rates("face", "hall") == FrameRates()


def test_a_clock_that_goes_back_starts_a_new_window() -> None:
    window = RateWindow()
    window.add(observation(50, ledgers=[ledger(hall=line(1000))]))
    window.add(observation(2, ledgers=[ledger(hall=line(1000))]))
    window.add(observation(3, ledgers=[ledger(hall=line(1010))]))
    assert window.rates("face", "hall").pushed == pytest.approx(10.0)


def test_the_tasks_are_those_that_anybody_mentions() -> None:
    seen = observation(
        0, streams=[stream(task="car")], workers=[worker(task="face")], ledgers=[ledger("people")]
    )
    assert seen.tasks == ["car", "face", "people"]
