"""What the API reads: the latest snapshot, and how old it may be."""

from __future__ import annotations

import asyncio
import dataclasses

import msgspec

from apps.gateway.api import answers
from apps.gateway.state.scaling_history import ScalingHistory
from apps.gateway.state.snapshot import Snapshot
from apps.runtime.clock import RedisClock
from apps.runtime.monotonic import monotonic_us

__all__ = ["CurrentState"]

#: A snapshot older than this is reported as stale.
_STALE_US = 4_000_000

_STREAM_ERROR = "Redis is not responding: the state of this stream is unknown"
_PROBLEM = "Redis is not responding; this data is stale."


class CurrentState:
    """The latest snapshot of the system, written by the maintenance loop.

    Attributes:
        history: the last quarter of an hour.
        first: set once there is a snapshot.
    """

    def __init__(self, clock: RedisClock) -> None:
        self._clock = clock
        self._snapshot = Snapshot()
        self._updated_at = monotonic_us()
        self.history = ScalingHistory()
        self.first = asyncio.Event()

    def update(self, snapshot: Snapshot) -> None:
        """Replace the snapshot."""
        self._snapshot = snapshot
        self._updated_at = monotonic_us()
        self.first.set()

    def now(self) -> int:
        """Microseconds of Redis' clock."""
        return self._clock.now()

    @property
    def snapshot(self) -> Snapshot:
        """The latest snapshot; when it is stale, every stream in it is offline with a reason."""
        snapshot = self._snapshot
        if monotonic_us() - self._updated_at < _STALE_US:
            return snapshot
        streams = {
            identity: msgspec.structs.replace(
                stream, state="offline", error=_STREAM_ERROR, fps=0.0, inferred_fps=0.0,
                drop_fps=0.0, since=stream.since if stream.state == "offline" else snapshot.now,
            )
            for identity, stream in snapshot.streams.items()
        }  # fmt: skip
        tasks = {name: _without_rates(task) for name, task in snapshot.tasks.items()}
        return dataclasses.replace(
            snapshot,
            now=self.now(),
            streams=streams,
            tasks=tasks,
            problem=_PROBLEM,
            at_source={},
            workers={},
        )


def _without_rates(task: answers.Task) -> answers.Task:
    """The task without values that hold for the current second only."""
    return msgspec.structs.replace(
        task, workers=0, utilisation=0.0, scale_ratio=0.0, inferred_fps=0.0, drop_fps=0.0
    )
