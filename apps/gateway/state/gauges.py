"""The gateway's gauges of the whole system: ledgers, queues, workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from apps.gateway.state.observation import Observation
from apps.pipeline.live_queue.ledger import Ledger, StreamLedger
from apps.pipeline.messages import WorkerState, stream_id
from apps.runtime.errors import WireError
from apps.runtime.metrics import Metrics

__all__ = ["Gauges"]

Sample = tuple[str, tuple[str, ...], float]


class Gauges:
    """Sets the gauges of an observation, and removes those that it does not contain."""

    def __init__(self, metrics: Metrics, scrape_interval: float) -> None:
        self._metrics = metrics
        self._settled_us = int(2e6 * scrape_interval)
        self._shown: set[tuple[str, tuple[str, ...]]] = set()

    def show(self, seen: Observation) -> None:
        """Export an observation."""
        shown = set()
        for name, labels, value in self._samples(seen):
            self._metrics.gauge(name, *labels).set(value)
            shown.add((name, labels))
        for name, labels in self._shown - shown:
            self._metrics.gauge(name).remove(*labels)
        self._shown = shown

    def _samples(self, seen: Observation) -> Iterator[Sample]:
        for task, ledger in seen.ledgers.items():
            yield "ei_queue_depth", (task,), ledger.total.queued
            yield "ei_queue_bytes", (task,), ledger.bytes
            yield "ei_ledger_error", (task,), ledger.total.error
            yield "ei_ledger_unbooked", (task,), ledger.unbooked
            yield from _ledger_samples(ledger)
        for task, jobs in seen.jobs.items():
            yield "ei_jobs_waiting", (task,), jobs
        for task, letters in seen.dead_letters.items():
            yield "ei_job_dead_letters", (task,), letters
        yield from self._worker_samples(seen)
        yield "ei_redis_memory_bytes", (), seen.memory[0]
        yield "ei_redis_memory_limit_bytes", (), seen.memory[1]

    def _worker_samples(self, seen: Observation) -> Iterator[Sample]:
        states = Counter((info.task, info.state) for info in seen.workers)
        settled = Counter(
            info.task
            for info in seen.workers
            if info.state is WorkerState.READY and seen.at - info.started_at > self._settled_us
        )
        for task in seen.tasks:
            for state in WorkerState:
                yield "ei_workers", (task, state.value), states[task, state]
            yield "ei_workers_settled", (task,), settled[task]


def _ledger_samples(ledger: Ledger) -> Iterator[Sample]:
    for name, line in ledger.streams.items():
        try:
            identity = stream_id.join(name, ledger.task)
        except WireError:
            continue
        for state, count in _states(line):
            yield "ei_ledger_frames", (identity, ledger.task, state), count


def _states(line: StreamLedger) -> Iterator[tuple[str, int]]:
    yield "pushed", line.pushed
    yield "queued", line.queued
    yield "in_flight", line.in_flight
    yield "inferred", line.inferred
    yield "lost", line.lost
    for reason, count in line.dropped.items():
        yield f"dropped_{reason}", count
    for reason, count in line.refused.items():
        yield f"refused_{reason}", count
