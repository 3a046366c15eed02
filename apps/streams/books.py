"""The books of a source: what it captured is what it pushed and what it dropped, by reason."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum

from apps.runtime.metrics import Metrics

__all__ = ["Account", "Books", "SourceDrop"]


class SourceDrop(StrEnum):
    """Why a captured picture was not pushed: the closed list of a source."""

    RATE = "rate"  # more pictures per second than are wanted
    DAMAGED = "damaged"  # a picture that cannot be decoded
    BEHIND = "behind"  # a newer one came before it could be pushed
    FULL = "full"  # the same, while the queue was full (policy block)
    UNREACHABLE = "unreachable"  # the same, while Redis did not answer
    TOO_LARGE = "too_large"  # refused by the queue
    CONFLICT = "conflict"  # refused by the queue: another live source has this name
    STOPPED = "stopped"  # in hand when the stream was stopped


@dataclass(frozen=True)
class Account:
    """The books at one moment.

    Attributes:
        captured: pictures that the source gave.
        pushed: of these, accepted by the queue.
        dropped: of these, by reason.
    """

    captured: int = 0
    pushed: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def in_hand(self) -> int:
        """Captured, and neither pushed nor dropped yet."""
        return self.captured - self.pushed - sum(self.dropped.values())


class Books:
    """The books of one stream, written by its capture thread and by its pushing task."""

    def __init__(self, stream_id: str, task: str, metrics: Metrics) -> None:
        self._labels = (stream_id, task)
        self._metrics = metrics
        self._lock = threading.Lock()
        self._captured = 0
        self._pushed = 0
        self._dropped: dict[str, int] = {}
        self._captured_total = metrics.counter("ei_frames_captured_total", *self._labels)
        self._pushed_total = metrics.counter("ei_frames_pushed_total", *self._labels)

    @property
    def account(self) -> Account:
        """What they say now."""
        with self._lock:
            return Account(self._captured, self._pushed, dict(self._dropped))

    def capture(self) -> None:
        """A picture came."""
        with self._lock:
            self._captured += 1
        self._captured_total.inc()

    def push(self) -> None:
        """One was accepted by the queue."""
        with self._lock:
            self._pushed += 1
        self._pushed_total.inc()

    def drop(self, reason: SourceDrop) -> None:
        """One was dropped."""
        with self._lock:
            self._dropped[reason] = self._dropped.get(reason, 0) + 1
        self._metrics.counter("ei_frames_source_dropped_total", *self._labels, reason).inc()

    def close(self) -> None:
        """Take the stream's lines out of the metrics: it is gone."""
        for reason in self.account.dropped:
            self._metrics.counter("ei_frames_source_dropped_total").remove(*self._labels, reason)
        self._metrics.counter("ei_frames_captured_total").remove(*self._labels)
        self._metrics.counter("ei_frames_pushed_total").remove(*self._labels)
