"""The pods of one task and their bounded queue.

Ready pods share the load evenly, so one running sum per ready pod suffices: the counter of a pod is
the sum now minus the sum when it became ready.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from operator import attrgetter

__all__ = ["Pod", "Pool", "Sums"]

_ready_at = attrgetter("ready_at")


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod.

    Attributes:
        number: ascending number; the newest pod has the largest.
        started_at: start time, seconds.
        ready_at: time at which it is ready, seconds.
    """

    number: int
    started_at: float
    ready_at: float


@dataclass(frozen=True, slots=True)
class Sums:
    """Counters of one ready pod, or of all pods, since the start.

    Attributes:
        served: frames inferred.
        dropped: frames dropped.
        work: pod-seconds of offered work, the counter of the scaling signal.
        seconds: seconds of ready pods.
    """

    served: float = 0.0
    dropped: float = 0.0
    work: float = 0.0
    seconds: float = 0.0

    def since(self, before: Sums) -> Sums:
        """Difference to an earlier reading."""
        return Sums(
            self.served - before.served,
            self.dropped - before.dropped,
            self.work - before.work,
            self.seconds - before.seconds,
        )

    def add(self, served: float, dropped: float, work: float, seconds: float) -> Sums:
        """Add one second."""
        return Sums(
            self.served + served,
            self.dropped + dropped,
            self.work + work,
            self.seconds + seconds,
        )


class Pool:
    """A changing number of pods with a queue.

    Args:
        capacity: frames per second that one pod can infer.
        start_seconds: from a pod's start until it is ready.
        places: capacity of the queue, frames; 0 for none, as in the recorded runs.
    """

    def __init__(self, *, capacity: float, start_seconds: float, places: int) -> None:
        self._capacity = capacity
        self._start_seconds = start_seconds
        self._places = places
        self._started = 0
        self._each: list[Sums] = [Sums()]
        self._all: list[Sums] = [Sums()]
        self.pods: list[Pod] = []
        self.queued = 0.0
        self.lost = 0.0

    def scale(self, now: float, replicas: int) -> None:
        """Start or stop pods; pods that are not ready stop first, then the newest."""
        while len(self.pods) < replicas:
            self._started += 1
            self.pods.append(Pod(self._started, now, now + self._start_seconds))
        del self.pods[max(replicas, 0) :]

    def ready(self, now: float) -> list[Pod]:
        """Ready pods, the oldest first."""
        return self.pods[: bisect_right(self.pods, now, key=_ready_at)]

    def tick(self, now: int, fps: float) -> None:
        """Simulate the second that begins now."""
        ready = bisect_right(self.pods, now, key=_ready_at)
        most = ready * self._capacity
        waiting = self.queued + fps
        served = min(waiting, most)
        self.queued = min(waiting - served, self._places)
        dropped = waiting - served - self.queued
        self.lost += dropped
        each, work = self._each[-1], 0.0
        if ready:
            work = (served + dropped) / self._capacity
            each = each.add(served / ready, dropped / ready, work / ready, 1.0)
        self._each.append(each)
        self._all.append(self._all[-1].add(served, dropped, work, ready))

    def sums(self, pod: Pod, now: float) -> Sums:
        """Counters of a pod, which are updated once a second."""
        return self.between(pod, pod.ready_at, now)

    def between(self, pod: Pod, begin: float, end: float) -> Sums:
        """Counters of a pod in a window, from the time when it was ready."""
        first = max(0.0, math.ceil(max(begin, pod.ready_at)) if pod.ready_at > 0 else begin)
        return _at(self._each, end).since(_at(self._each, min(first, end)))

    def together(self, begin: float, end: float) -> Sums:
        """Counters of all pods in a window, including removed pods."""
        return _at(self._all, end).since(_at(self._all, begin))


def _at(sums: list[Sums], now: float) -> Sums:
    return sums[min(max(math.floor(now), 0), len(sums) - 1)]
