"""Signals of autoscalers: one class per signal, modelled with its flaws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from apps.scaling.offered_work import OfferedWork, OfferedWorkRule, Sample, rate
from tools.scaling_lab.pool import Pod, Pool

__all__ = [
    "AveragingWindow",
    "Cpu",
    "Drops",
    "Gauge",
    "MetricReading",
    "OfferedOrWaiting",
    "OfferedRate",
    "PodRate",
    "QueueLength",
    "ScalingSignal",
]

#: A worker counts as settled once it is older than two scrapes of 5 s.
SETTLED_SECONDS = 10.0
#: Constants of the rule for scaling to zero: target of one worker, and a small positive value.
_TARGET, _TRIFLE = 0.8, 0.001


@dataclass(frozen=True, slots=True)
class MetricReading:
    """One response of the metrics API.

    Attributes:
        total: value for the whole task; None if missing.
        pods: value by pod number, for pods that have one.
    """

    total: float | None = None
    pods: Mapping[int, float] = field(default_factory=dict)


class ScalingSignal(Protocol):
    """A metric between the pods and the autoscaler."""

    def scrape(self, now: float) -> None:
        """Prometheus scrapes all pods."""

    def read(self, now: float) -> MetricReading:
        """The autoscaler reads the metric."""


class OfferedRate:
    """The shipped rule, with the code of the local runner.

    Args:
        pool: scaled pool.
        rule: source of window and hold.
    """

    def __init__(self, pool: Pool, rule: OfferedWorkRule) -> None:
        self._pool = pool
        self._rule = rule
        self._work = OfferedWork(rule)
        self._seen: set[str] = set()

    def scrape(self, now: float) -> None:
        """Read the counter of each worker and mark removed workers."""
        here = {str(pod.number): pod for pod in self._pool.ready(now)}
        for worker, pod in here.items():
            self._work.scrape("task", worker, now, self._pool.sums(pod, now).work)
        for worker in self._seen - set(here):
            self._work.lose("task", worker)
        self._seen = set(here)

    def read(self, now: float) -> MetricReading:
        """Last evaluation of the rule, at a whole interval."""
        at = now // self._rule.interval_seconds * self._rule.interval_seconds
        settled = [p for p in self._pool.ready(at) if at - p.ready_at > SETTLED_SECONDS]
        return MetricReading(total=self._work.value("task", at, len(settled)))


class OfferedOrWaiting:
    """The signal of scaling to zero, as in `kubernetes/scaling/from-zero-rule.yaml`.

    Offered work, or while unknown the value that keeps the current workers, plus a small value
    while frames wait. It is never missing, because the gateway always runs.
    """

    def __init__(self, pool: Pool, rule: OfferedWorkRule) -> None:
        self._pool = pool
        self._offered = OfferedRate(pool, rule)

    def scrape(self, now: float) -> None:
        """Scrape like the rule."""
        self._offered.scrape(now)

    def read(self, now: float) -> MetricReading:
        """Value for the whole task, never missing."""
        total = self._offered.read(now).total
        if total is None:
            total = _TARGET * len(self._pool.ready(now))
        return MetricReading(total=total + (_TRIFLE if self._pool.queued else 0.0))


class PodRate:
    """The rate of each pod's own counter, as a Pods metric: the recorded `counter` runs."""

    def __init__(self, pool: Pool, window_seconds: float) -> None:
        self._pool = pool
        self._window = window_seconds
        self._samples: dict[int, list[Sample]] = {}

    def scrape(self, now: float) -> None:
        """Read the counter of each pod."""
        for pod in self._pool.ready(now):
            samples = self._samples.setdefault(pod.number, [])
            samples.append((now, self._pool.sums(pod, now).work))
            while samples[0][0] < now - self._window:
                del samples[0]

    def read(self, now: float) -> MetricReading:
        """Values of the pods that were scraped at least twice."""
        start = now - self._window
        pods: dict[int, float] = {}
        for pod in self._pool.pods:
            known = self._samples.get(pod.number, [])
            value = rate([sample for sample in known if sample[0] >= start], start, now)
            if value is not None:
                pods[pod.number] = value
        return MetricReading(pods=pods)


@dataclass(frozen=True, slots=True)
class AveragingWindow:
    """Averaging window of a pod.

    Attributes:
        seconds: length.
        tumbling: True for consecutive windows from the start of the pod; False for a sliding one.
        lag_seconds: delay in addition to the scrape.
        first_at: start of a window of the initial pods, seconds.
    """

    seconds: float
    tumbling: bool = True
    lag_seconds: float = 0.0
    first_at: float = 0.0

    def edges(self, pod: Pod, now: float) -> tuple[float, float] | None:
        """Last complete window of a pod; None before the first."""
        born = pod.ready_at if pod.ready_at > 0 else self.first_at
        age = now - self.lag_seconds - born
        if age < (self.seconds if self.tumbling else 1.0):
            return None
        end = born + (age // self.seconds * self.seconds if self.tumbling else age)
        return max(born, end - self.seconds), end


class Gauge:
    """A ratio that each pod computes over its own window.

    Args:
        pool: scaled pool.
        window: averaging window of the pods.
        against_maximum: the old `ei_scale_ratio`: (infer + drop) / infer while frames drop, else
            infer / the maximum of this pod. False: the offered work of the window.
        inflated: factor by which that maximum is too large.
    """

    def __init__(
        self,
        pool: Pool,
        window: AveragingWindow,
        *,
        against_maximum: bool = False,
        inflated: float = 1.0,
    ) -> None:
        self._pool = pool
        self._window = window
        self._against_maximum = against_maximum
        self._inflated = inflated
        self._most: dict[int, float] = {}
        self._scraped: dict[int, float] = {}

    def scrape(self, now: float) -> None:
        """Read the last complete window of each pod."""
        self._scraped = {}
        for pod in self._pool.ready(now):
            edges = self._window.edges(pod, now)
            if edges is not None:
                self._scraped[pod.number] = self._value(pod, *edges)

    def read(self, now: float) -> MetricReading:  # noqa: ARG002 - value of the last scrape
        """Values of the last scrape for existing pods."""
        here = {pod.number for pod in self._pool.pods}
        pods = {number: value for number, value in self._scraped.items() if number in here}
        return MetricReading(total=sum(pods.values()) if pods else None, pods=pods)

    def _value(self, pod: Pod, begin: float, end: float) -> float:
        done = self._pool.between(pod, begin, end)
        if not self._against_maximum:
            return done.work / (end - begin)
        most = self._most[pod.number] = max(self._most.get(pod.number, 0.0), done.served)
        if not done.served:
            return 0.5
        if done.dropped > 0:
            return (done.served + done.dropped) / done.served
        return done.served / (most * self._inflated)


class Drops:
    """Dropped frames per second of all pods, a signal that vanishes once it is served."""

    def __init__(self, pool: Pool, window: AveragingWindow) -> None:
        self._pool = pool
        self._window = window
        self._total: float | None = None

    def scrape(self, now: float) -> None:
        """Read the last window of each pod."""
        rates: list[float] = []
        for pod in self._pool.ready(now):
            edges = self._window.edges(pod, now)
            if edges is not None:
                rates.append(self._pool.between(pod, *edges).dropped / (edges[1] - edges[0]))
        self._total = sum(rates) if rates else None

    def read(self, now: float) -> MetricReading:  # noqa: ARG002 - value of the last scrape
        """Value of the last scrape."""
        return MetricReading(total=self._total)


class QueueLength:
    """Queue length, limited by the bound of the queue."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def scrape(self, now: float) -> None:
        """Nothing to do: KEDA reads Redis directly."""

    def read(self, now: float) -> MetricReading:  # noqa: ARG002 - current length
        """Current length."""
        return MetricReading(total=self._pool.queued)


class Cpu:
    """CPU utilisation in per cent of the request, as metrics-server shows it.

    Args:
        pool: scaled pool.
        window: sliding window of metrics-server.
        capacity: frames per second at 100 % CPU of a pod.
    """

    def __init__(self, pool: Pool, window: AveragingWindow, capacity: float) -> None:
        self._pool = pool
        self._window = window
        self._capacity = capacity

    def scrape(self, now: float) -> None:
        """Nothing to do: metrics-server has its own schedule."""

    def read(self, now: float) -> MetricReading:
        """Values of the pods older than a window; the controller ignores the others."""
        pods: dict[int, float] = {}
        for pod in self._pool.ready(now):
            edges = self._window.edges(pod, now)
            if edges is not None and edges[1] - edges[0] >= self._window.seconds - 1:
                served = self._pool.between(pod, *edges).served / (edges[1] - edges[0])
                pods[pod.number] = 100 * min(1.0, served / self._capacity)
        return MetricReading(pods=pods)
