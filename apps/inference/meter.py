"""Utilisation of a worker and the work offered to it: the scaling signal.

Every second the worker adds ``utilisation x dt + claimed x cost`` to a counter of pod-seconds. Its
rate, summed over the workers of a task in one common window, is the number of fully busy workers
that the offered load needs. It is linear in the load and independent of the number of workers.
*Claimed* counts drops for lack of capacity, each assigned to one worker; *cost* is
utilisation-seconds per served frame.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

__all__ = ["LevelIntegral", "Meter", "MeterReading", "Totals"]

#: Length of the trailing window, seconds.
WINDOW_SECONDS = 10.0
#: Minimum number of frames in the window to measure their cost.
_MIN_FRAMES = 20


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of a worker since its start.

    Attributes:
        cpu: CPU time of the process, seconds.
        slots: time integral of the running inference requests, slot-seconds.
        full: seconds in which every place was taken and more work waited.
        served: frames and jobs that went through the engine.
        claimed: drops assigned to this worker.
    """

    cpu: float = 0.0
    slots: float = 0.0
    full: float = 0.0
    served: int = 0
    claimed: int = 0


@dataclass(frozen=True, slots=True)
class MeterReading:
    """State of the meter.

    Attributes:
        utilisation: of the last interval, 0..1.
        average: utilisation over the trailing 10 s, 0..1.
        offered_work_seconds: the counter, pod-seconds.
        infer_fps: served frames per second, trailing 10 s.
        drop_fps: claimed drops per second, trailing 10 s.
        scale_ratio: rate of the counter, trailing 10 s.
        cost: utilisation-seconds per served frame.
    """

    utilisation: float = 0.0
    average: float = 0.0
    offered_work_seconds: float = 0.0
    infer_fps: float = 0.0
    drop_fps: float = 0.0
    scale_ratio: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class _Interval:
    seconds: float
    utilisation: float
    served: int
    claimed: int
    offered: float


class Meter:
    """Computes the scaling signal from totals. The caller passes the time.

    Args:
        cores: CPU quota, cores.
        slots: maximum number of running inference requests.
        device_bound: the device is not the CPU, so utilisation comes from the slots too.
        cost: utilisation-seconds per frame, measured at warm-up.
    """

    def __init__(self, *, cores: float, slots: int, device_bound: bool, cost: float) -> None:
        self._cores = cores
        self._slots = slots
        self._device_bound = device_bound
        self._cost = cost
        self._offered = 0.0
        self._last: tuple[float, Totals] | None = None
        self._window: deque[_Interval] = deque()

    def tick(self, now: float, totals: Totals) -> MeterReading:
        """Account for the time since the last tick.

        Args:
            now: seconds of a monotonic clock.
            totals: since the worker started.
        """
        if self._last is not None and now > self._last[0]:
            self._account(now - self._last[0], self._last[1], totals)
        self._last = (now, totals)
        return self._reading()

    def _account(self, seconds: float, before: Totals, after: Totals) -> None:
        served, claimed = after.served - before.served, after.claimed - before.claimed
        shares = [(after.full - before.full) / seconds]
        worked = served > 0 or after.slots > before.slots
        if worked:  # the heartbeat of an idle worker does not count as offered work
            shares.append((after.cpu - before.cpu) / seconds / self._cores)
        if self._device_bound:
            shares.append((after.slots - before.slots) / seconds / self._slots)
        utilisation = min(1.0, max(shares))
        self._update_cost(_Interval(seconds, utilisation, served, claimed, 0.0))
        offered = utilisation * seconds + claimed * self._cost
        self._offered += offered
        self._window.append(_Interval(seconds, utilisation, served, claimed, offered))
        while sum(interval.seconds for interval in self._window) > WINDOW_SECONDS + seconds / 2:
            self._window.popleft()

    def _update_cost(self, latest: _Interval) -> None:
        intervals = [*self._window, latest]
        served = sum(interval.served for interval in intervals)
        if served >= _MIN_FRAMES:
            busy = sum(interval.utilisation * interval.seconds for interval in intervals)
            self._cost = busy / served

    def _reading(self) -> MeterReading:
        seconds = sum(interval.seconds for interval in self._window)
        if not seconds:
            return MeterReading(cost=self._cost)

        def rate(values: list[float]) -> float:
            return sum(values) / seconds

        return MeterReading(
            utilisation=self._window[-1].utilisation,
            average=rate([item.utilisation * item.seconds for item in self._window]),
            offered_work_seconds=self._offered,
            infer_fps=rate([item.served for item in self._window]),
            drop_fps=rate([item.claimed for item in self._window]),
            scale_ratio=rate([item.offered for item in self._window]),
            cost=self._cost,
        )


class LevelIntegral:
    """Integral of a level over time: busy slots to slot-seconds, a 0/1 state to seconds."""

    def __init__(self) -> None:
        self._total = 0.0
        self._level = 0.0
        self._since = time.monotonic()

    def set(self, level: float) -> None:
        """Change the level."""
        if level != self._level:
            self._total = self.read()
            self._since = time.monotonic()
            self._level = level

    def read(self) -> float:
        """The integral up to now, level times seconds."""
        return self._total + self._level * (time.monotonic() - self._since)
