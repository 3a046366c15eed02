"""What an autoscaler reads: one class per signal, each as it was built, mistakes included."""

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
#: Of the rule for scaling to zero: what asks for one worker, and what is just not nothing.
_TARGET, _TRIFLE = 0.8, 0.001


@dataclass(frozen=True, slots=True)
class MetricReading:
    """One answer of the metrics API.

    Attributes:
        total: one number for the whole task; None when there is none.
        pods: one number for each pod that has one, by pod number.
    """

    total: float | None = None
    pods: Mapping[int, float] = field(default_factory=dict)


class ScalingSignal(Protocol):
    """A metric on its way from the pods to the autoscaler."""

    def scrape(self, now: float) -> None:
        """Prometheus visits all pods."""

    def read(self, now: float) -> MetricReading:
        """The autoscaler asks."""


class OfferedRate:
    """The shipped rule, by the code of the local runner.

    Args:
        pool: that is scaled.
        rule: its window and its hold.
    """

    def __init__(self, pool: Pool, rule: OfferedWorkRule) -> None:
        self._pool = pool
        self._rule = rule
        self._work = OfferedWork(rule)
        self._seen: set[str] = set()

    def scrape(self, now: float) -> None:
        """Each worker's counter is read; those that are gone are noticed."""
        here = {str(pod.number): pod for pod in self._pool.ready(now)}
        for worker, pod in here.items():
            self._work.scrape("task", worker, now, self._pool.sums(pod, now).work)
        for worker in self._seen - set(here):
            self._work.lose("task", worker)
        self._seen = set(here)

    def read(self, now: float) -> MetricReading:
        """The last evaluation of the rule, which falls on whole intervals."""
        at = now // self._rule.interval_seconds * self._rule.interval_seconds
        settled = [p for p in self._pool.ready(at) if at - p.ready_at > SETTLED_SECONDS]
        return MetricReading(total=self._work.value("task", at, len(settled)))


class OfferedOrWaiting:
    """The signal of scaling to zero, as `kubernetes/scaling/from-zero-rule.yaml` makes it.

    Offered work, or while that is unknown as much as asks for the present workers; and a trifle on
    top while frames wait. Never empty: the gateway is always there.
    """

    def __init__(self, pool: Pool, rule: OfferedWorkRule) -> None:
        self._pool = pool
        self._offered = OfferedRate(pool, rule)

    def scrape(self, now: float) -> None:
        """As the rule is."""
        self._offered.scrape(now)

    def read(self, now: float) -> MetricReading:
        """One number, always."""
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
        """Each pod's counter is read."""
        for pod in self._pool.ready(now):
            samples = self._samples.setdefault(pod.number, [])
            samples.append((now, self._pool.sums(pod, now).work))
            while samples[0][0] < now - self._window:
                del samples[0]

    def read(self, now: float) -> MetricReading:
        """A pod has a value once it was scraped twice."""
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
    """How a pod averages.

    Attributes:
        seconds: length.
        tumbling: one window after the other from the pod's start; else the trailing seconds.
        lag_seconds: from the pod to the autoscaler, on top of the scrape.
        first_at: when a window of the pods that were always there begins.
    """

    seconds: float
    tumbling: bool = True
    lag_seconds: float = 0.0
    first_at: float = 0.0

    def edges(self, pod: Pod, now: float) -> tuple[float, float] | None:
        """The last whole window of a pod; None before its first."""
        born = pod.ready_at if pod.ready_at > 0 else self.first_at
        age = now - self.lag_seconds - born
        if age < (self.seconds if self.tumbling else 1.0):
            return None
        end = born + (age // self.seconds * self.seconds if self.tumbling else age)
        return max(born, end - self.seconds), end


class Gauge:
    """A ratio that each pod computes over a window of its own.

    Args:
        pool: that is scaled.
        window: of the pods.
        against_maximum: the old `ei_scale_ratio`: (infer + drop) / infer while frames drop, else
            infer / the most that this pod ever inferred. Otherwise the offered work of the window.
        inflated: one lucky window once made that maximum too large by this factor.
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
        """Each pod shows its last whole window."""
        self._scraped = {}
        for pod in self._pool.ready(now):
            edges = self._window.edges(pod, now)
            if edges is not None:
                self._scraped[pod.number] = self._value(pod, *edges)

    def read(self, now: float) -> MetricReading:  # noqa: ARG002 - the last scrape is what there is
        """What the last scrape saw, of pods that still are."""
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
    """Dropped frames per second, summed: a signal that falls silent once it is obeyed."""

    def __init__(self, pool: Pool, window: AveragingWindow) -> None:
        self._pool = pool
        self._window = window
        self._total: float | None = None

    def scrape(self, now: float) -> None:
        """Each pod shows its last window."""
        rates: list[float] = []
        for pod in self._pool.ready(now):
            edges = self._window.edges(pod, now)
            if edges is not None:
                rates.append(self._pool.between(pod, *edges).dropped / (edges[1] - edges[0]))
        self._total = sum(rates) if rates else None

    def read(self, now: float) -> MetricReading:  # noqa: ARG002 - the last scrape is what there is
        """What the last scrape saw."""
        return MetricReading(total=self._total)


class QueueLength:
    """Frames waiting, which a bounded queue caps."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def scrape(self, now: float) -> None:
        """KEDA asks Redis itself."""

    def read(self, now: float) -> MetricReading:  # noqa: ARG002 - the present length
        """The present length."""
        return MetricReading(total=self._pool.queued)


class Cpu:
    """CPU utilisation in per cent of the request, as metrics-server shows it.

    Args:
        pool: that is scaled.
        window: of metrics-server; sliding, and old by half its resolution.
        capacity: frames per second that fill a pod's CPU.
    """

    def __init__(self, pool: Pool, window: AveragingWindow, capacity: float) -> None:
        self._pool = pool
        self._window = window
        self._capacity = capacity

    def scrape(self, now: float) -> None:
        """metrics-server has a schedule of its own."""

    def read(self, now: float) -> MetricReading:
        """Pods that are younger than a window have no value: the controller ignores them."""
        pods: dict[int, float] = {}
        for pod in self._pool.ready(now):
            edges = self._window.edges(pod, now)
            if edges is not None and edges[1] - edges[0] >= self._window.seconds - 1:
                served = self._pool.between(pod, *edges).served / (edges[1] - edges[0])
                pods[pod.number] = 100 * min(1.0, served / self._capacity)
        return MetricReading(pods=pods)
