"""Event simulation of a load, a pool, an autoscaler and the signal between them."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass

from apps.scaling.hpa_algorithm import SYNC_SECONDS, Autoscaler, Decision
from tools.scaling_lab.load import Load
from tools.scaling_lab.pool import Pool
from tools.scaling_lab.replicas import wanted
from tools.scaling_lab.scaling import ScalingSetup, Zero
from tools.scaling_lab.signals import MetricReading

__all__ = ["Cluster", "Event", "Run", "simulate"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Parameters of the model apart from the policy.

    Attributes:
        capacity: frames per second that one pod can infer.
        start_seconds: time from the start of a pod until it is ready.
        places: capacity of the queue, frames.
        sync_seconds: interval of decisions.
        sync_at: time of the first decision.
        scrape_seconds: interval of scrapes.
        scrape_at: time of the first scrape.
        replicas: initial number of pods.
        begin_at: start of the initial pods; by default long ago, so that they are ready.
        dark: start and end of a time without metrics, seconds.
    """

    capacity: float = 18.0
    start_seconds: float = 15.0
    places: int = 32
    sync_seconds: float = SYNC_SECONDS
    sync_at: float = 7.0
    scrape_seconds: float = 5.0
    scrape_at: float = 2.0
    replicas: int = 1
    begin_at: float = -math.inf
    dark: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A change of the number of pods.

    Attributes:
        at: seconds.
        before: pods.
        after: pods.
        reason: reason of the autoscaler.
    """

    at: float
    before: int
    after: int
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """Result of a simulation.

    Attributes:
        offered: offered frames in each second.
        lost: lost frames in each second.
        replicas: pods in each second, including those that are starting.
        ready: ready pods in each second.
        events: changes of the number of pods.
    """

    offered: tuple[float, ...]
    lost: tuple[float, ...]
    replicas: tuple[int, ...]
    ready: tuple[int, ...]
    events: tuple[Event, ...]

    @property
    def lost_share(self) -> float:
        """Share of lost frames, 0..1."""
        return sum(self.lost) / max(sum(self.offered), 1e-9)

    @property
    def pod_seconds(self) -> int:
        """Pods times seconds, including those that are starting."""
        return sum(self.replicas)

    @property
    def peak(self) -> int:
        """Largest number of pods."""
        return max(self.replicas)


_SCRAPE, _POLL, _SYNC, _TICK = range(4)


def simulate(load: Load, scaling: ScalingSetup, cluster: Cluster) -> Run:
    """Simulate an autoscaler under a load.

    Args:
        load: offered frames per second.
        scaling: the autoscaler.
        cluster: all other parameters.
    """
    pool = Pool(
        capacity=cluster.capacity, start_seconds=cluster.start_seconds, places=cluster.places
    )
    pool.scale(cluster.begin_at, cluster.replicas)
    control = _Control(scaling, cluster, pool)
    replicas: list[int] = []
    ready: list[int] = []
    lost: list[float] = []
    for now, kind in _schedule(cluster, scaling.zero, len(load.fps)):
        if kind != _TICK:
            control.step(now, kind)
            continue
        before = pool.lost
        replicas.append(len(pool.pods))
        ready.append(len(pool.ready(now)))
        pool.tick(int(now), load.fps[int(now)])
        lost.append(pool.lost - before)
    return Run(load.fps, tuple(lost), tuple(replicas), tuple(ready), tuple(control.events))


def _schedule(cluster: Cluster, zero: Zero | None, seconds: int) -> Iterator[tuple[float, int]]:
    """All events in order; at equal times first scrapes, then decisions, then the work."""

    def every(first: float, period: float, kind: int) -> Iterator[tuple[float, int]]:
        number = 0
        while first + number * period < seconds:
            yield first + number * period, kind
            number += 1

    return heapq.merge(
        every(cluster.scrape_at, cluster.scrape_seconds, _SCRAPE),
        every(cluster.sync_at, zero.polling_seconds, _POLL) if zero else (),
        every(cluster.sync_at, cluster.sync_seconds, _SYNC),
        every(0.0, 1.0, _TICK),
    )


class _Control:
    """Prometheus, the controller and KEDA."""

    def __init__(self, scaling: ScalingSetup, cluster: Cluster, pool: Pool) -> None:
        self._scaling = scaling
        self._cluster = cluster
        self._pool = pool
        self._signal = scaling.signal_of(pool, cluster.capacity)
        self._scaler = Autoscaler(scaling.policy)
        self._active_at = 0.0
        self.events: list[Event] = []

    def step(self, now: float, kind: int) -> None:
        """Process one event."""
        dark = self._cluster.dark
        blind = dark is not None and dark[0] <= now < dark[1]
        if kind == _SCRAPE:
            if not blind:
                self._signal.scrape(now)
            return
        reading = MetricReading() if blind else self._signal.read(now)
        decide = self._activate if kind == _POLL else self._sync
        self._apply(now, decide(now, reading, blind=blind))

    def _apply(self, now: float, decision: Decision) -> None:
        current = len(self._pool.pods)
        if decision.replicas != current:
            self.events.append(Event(now, current, decision.replicas, decision.reason))
            self._pool.scale(now, decision.replicas)

    def _sync(self, now: float, reading: MetricReading, *, blind: bool) -> Decision:
        policy, current = self._scaling.policy, len(self._pool.pods)
        if blind:
            return self._silent(now, current)
        if policy.metric.kind == "AverageValue" and policy.metric.source in {"External", "Object"}:
            return self._scaler.decide(now, current, reading.total)
        number = wanted(policy, reading, self._pool.pods, len(self._pool.ready(now)))
        cause = "the metric is missing" if number is None else f"{policy.metric.name}: {number}"
        return self._scaler.follow(now, current, number, cause)

    def _silent(self, now: float, current: int) -> Decision:
        silence = self._scaling.silence
        number = silence.replicas
        if number is not None and silence.never_fewer:
            number = max(number, current)
        return self._scaler.follow(now, current, number, f"a missing metric {silence.text}")

    def _activate(self, now: float, reading: MetricReading, *, blind: bool) -> Decision:
        """KEDA: from no pod to one, and back after the cool-down."""
        zero, current = self._scaling.zero, len(self._pool.pods)
        if zero is None or blind or reading.total is None:
            return Decision(current, "no metric is available")
        if reading.total > zero.activation:
            self._active_at = now
            return Decision(max(current, 1), "the trigger is active")
        if now - self._active_at >= zero.cooldown_seconds:
            return Decision(0, f"the trigger was inactive for {zero.cooldown_seconds:g} s")
        return Decision(current, "the trigger is in its cool-down")
