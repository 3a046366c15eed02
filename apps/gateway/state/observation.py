"""Observations of the whole system, and the frame rates between two of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from apps.pipeline.live_queue.ledger import Ledger, StreamLedger
from apps.pipeline.messages import StreamInfo, WorkerInfo
from apps.pipeline.registry.control import ScalingEvent, ScalingLimits, StreamWanted

__all__ = ["FrameRates", "Observation", "RateWindow"]

#: Rates are means over this time, as in the workers.
WINDOW_SECONDS = 10.0


@dataclass(frozen=True)
class Observation:
    """The state of the system, read within one second."""

    at: int  #: microseconds of Redis' clock
    streams: tuple[StreamInfo, ...] = ()  #: with a heartbeat
    workers: tuple[WorkerInfo, ...] = ()  #: with a heartbeat
    ledgers: dict[str, Ledger] = field(default_factory=dict)  #: by task
    jobs: dict[str, int] = field(default_factory=dict)  #: waiting or in progress, by task
    #: jobs that were given up and are kept, by task
    dead_letters: dict[str, int] = field(default_factory=dict)
    #: streams added at run time, by name
    wanted: dict[str, StreamWanted] = field(default_factory=dict)
    watchers: dict[str, int] = field(default_factory=dict)  #: viewers of this gateway, by stream id
    limits: dict[str, ScalingLimits] = field(default_factory=dict)  #: of the autoscaler, by task
    events: tuple[ScalingEvent, ...] = ()  #: decisions of the autoscaler, oldest first
    memory: tuple[int, int] = (0, 0)  #: bytes that Redis uses, and may use (0: no limit)

    @property
    def tasks(self) -> list[str]:
        """Every task with a stream, a worker or a ledger, sorted."""
        named = {info.task for info in self.streams} | {info.task for info in self.workers}
        return sorted(named | set(self.ledgers))


@dataclass(frozen=True)
class FrameRates:
    """Frames per second of one stream or task."""

    pushed: float = 0.0
    inferred: float = 0.0
    dropped: float = 0.0


class RateWindow:
    """The moments of the last seconds."""

    def __init__(self, seconds: float = WINDOW_SECONDS) -> None:
        self._micros = int(seconds * 1_000_000)
        self._observations: deque[Observation] = deque()

    def add(self, seen: Observation) -> None:
        """Add the newest observation and drop those that are too old."""
        if self._observations and seen.at <= self._observations[-1].at:
            self._observations.clear()  # Redis' clock was set, or Redis was replaced
        self._observations.append(seen)
        while len(self._observations) > 2 and seen.at - self._observations[1].at >= self._micros:
            self._observations.popleft()

    def rates(self, task: str, name: str | None = None) -> FrameRates:
        """FrameRates of a stream, or of the whole task, over the window."""
        if len(self._observations) < 2:
            return FrameRates()
        first, last = self._observations[0], self._observations[-1]
        before, after = first.ledgers.get(task), last.ledgers.get(task)
        seconds = (last.at - first.at) / 1e6
        if before is None or after is None or before.id != after.id or seconds <= 0:
            return FrameRates()
        old, new = _line(before, name), _line(after, name)
        return FrameRates(
            pushed=(new.pushed - old.pushed) / seconds,
            inferred=(new.inferred - old.inferred) / seconds,
            dropped=(sum(new.dropped.values()) - sum(old.dropped.values())) / seconds,
        )


def _line(ledger: Ledger, name: str | None) -> StreamLedger:
    return ledger.total if name is None else ledger.streams.get(name, StreamLedger())
