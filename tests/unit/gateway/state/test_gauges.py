"""The gateway's gauges."""

from __future__ import annotations

import prometheus_client

from apps.gateway.state.gauges import Gauges
from apps.pipeline.messages import WorkerState
from apps.runtime.metrics import Metrics
from tests.unit.gateway.observations import SECOND, ledger, line, observation, worker


def exported(metrics: Metrics) -> str:
    return prometheus_client.generate_latest(metrics.registry).decode()


def test_the_ledger_is_exported_by_stream_and_state() -> None:
    metrics = Metrics()
    books = ledger(
        hall=line(
            9, inferred=4, queued=2, in_flight=1, lost=1,
            dropped={"stale": 1}, refused={"too_large": 3},
        )
    )  # fmt: skip
    Gauges(metrics, 5).show(observation(0, ledgers=[books], jobs={"face": 2}))
    text = exported(metrics)
    for state, count in {
        "pushed": 9, "queued": 2, "in_flight": 1, "inferred": 4, "lost": 1, "dropped_stale": 1,
        "refused_too_large": 3,
    }.items():  # fmt: skip
        labels = f'state="{state}",stream="hall:face",task="face"'
        assert f"ei_ledger_frames{{{labels}}} {count}.0" in text
    assert 'ei_ledger_error{task="face"} 0.0' in text
    assert 'ei_jobs_waiting{task="face"} 2.0' in text


def test_workers_are_counted_by_state() -> None:
    metrics = Metrics()
    workers = [worker("a"), worker("b"), worker("c", state=WorkerState.DRAINING)]
    Gauges(metrics, 5).show(observation(0, workers=workers))
    text = exported(metrics)
    assert 'ei_workers{state="ready",task="face"} 2.0' in text
    assert 'ei_workers{state="draining",task="face"} 1.0' in text
    assert 'ei_workers{state="starting",task="face"} 0.0' in text


def test_a_worker_counts_once_it_was_scraped_twice() -> None:
    metrics = Metrics()
    old = worker("old", started_at=980 * SECOND)
    young = worker("young", started_at=995 * SECOND)
    Gauges(metrics, 5).show(observation(0, workers=[old, young]))
    assert 'ei_workers_settled{task="face"} 1.0' in exported(metrics)


def test_ended_streams_and_tasks_are_not_exported() -> None:
    metrics = Metrics()
    gauges = Gauges(metrics, 5)
    gauges.show(observation(0, ledgers=[ledger(hall=line(9))]))
    gauges.show(observation(1, ledgers=[ledger()]))
    assert "hall:face" not in exported(metrics)
