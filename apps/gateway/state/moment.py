"""What the gateway sees at one moment, and the rates between two of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from apps.pipeline.live_queue.ledger import Ledger, StreamLedger
from apps.pipeline.messages import StreamInfo, WorkerInfo
from apps.pipeline.registry.control import ScalingEvent, ScalingLimits, StreamWanted

__all__ = ["Moment", "Rates", "Window"]

#: Seconds over which rates are taken, the same as the workers'.
WINDOW_SECONDS = 10.0


@dataclass(frozen=True)
class Moment:
    """Everything that is known, read within one second.

    Attributes:
        at: when, microseconds of Redis' clock.
        streams: by heartbeat.
        workers: by heartbeat.
        ledgers: by task.
        jobs: waiting or being worked on, by task.
        wanted: streams asked for at run time, by name.
        watchers: viewers of this gateway, by stream id.
        limits: of the autoscaler, by task.
        events: decisions of the autoscaler, oldest first.
        memory: bytes that Redis uses, and may use (0: no limit).
    """

    at: int
    streams: tuple[StreamInfo, ...] = ()
    workers: tuple[WorkerInfo, ...] = ()
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    wanted: dict[str, StreamWanted] = field(default_factory=dict)
    watchers: dict[str, int] = field(default_factory=dict)
    limits: dict[str, ScalingLimits] = field(default_factory=dict)
    events: tuple[ScalingEvent, ...] = ()
    memory: tuple[int, int] = (0, 0)

    @property
    def tasks(self) -> list[str]:
        """Every task that anybody mentions, sorted."""
        named = {info.task for info in self.streams} | {info.task for info in self.workers}
        return sorted(named | set(self.ledgers))


@dataclass(frozen=True)
class Rates:
    """Frames per second of one stream or task."""

    pushed: float = 0.0
    inferred: float = 0.0
    dropped: float = 0.0


class Window:
    """The moments of the last seconds."""

    def __init__(self, seconds: float = WINDOW_SECONDS) -> None:
        self._micros = int(seconds * 1_000_000)
        self._moments: deque[Moment] = deque()

    def add(self, moment: Moment) -> None:
        """Add the newest moment and forget those that are too old."""
        if self._moments and moment.at <= self._moments[-1].at:
            self._moments.clear()  # Redis' clock was set, or it is another Redis now
        self._moments.append(moment)
        while len(self._moments) > 2 and moment.at - self._moments[1].at >= self._micros:
            self._moments.popleft()

    def rates(self, task: str, name: str | None = None) -> Rates:
        """Rates of a stream, or of the whole task, over the window."""
        if len(self._moments) < 2:
            return Rates()
        first, last = self._moments[0], self._moments[-1]
        before, after = first.ledgers.get(task), last.ledgers.get(task)
        seconds = (last.at - first.at) / 1e6
        if before is None or after is None or before.id != after.id or seconds <= 0:
            return Rates()
        old, new = _line(before, name), _line(after, name)
        return Rates(
            pushed=(new.pushed - old.pushed) / seconds,
            inferred=(new.inferred - old.inferred) / seconds,
            dropped=(sum(new.dropped.values()) - sum(old.dropped.values())) / seconds,
        )


def _line(ledger: Ledger, name: str | None) -> StreamLedger:
    return ledger.total if name is None else ledger.streams.get(name, StreamLedger())
