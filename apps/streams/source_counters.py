"""Counters of a source: every captured frame is pushed, dropped for a reason, or pending."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum

from apps.runtime.metrics import Metrics

__all__ = ["SourceCounters", "SourceCounts", "SourceDrop"]


class SourceDrop(StrEnum):
    """Why a captured frame was not pushed."""

    RATE = "rate"  # over the frame rate of the stream
    DAMAGED = "damaged"  # cannot be decoded
    BEHIND = "behind"  # replaced by a newer frame before it was pushed
    FULL = "full"  # replaced while the queue was full (policy block)
    UNREACHABLE = "unreachable"  # replaced while Redis did not answer
    TOO_LARGE = "too_large"  # refused by the queue
    CONFLICT = "conflict"  # refused by the queue: another live source has this name
    STOPPED = "stopped"  # pending when the stream was stopped


@dataclass(frozen=True)
class SourceCounts:
    """The counters at one moment.

    Attributes:
        captured: frames that the source gave.
        pushed: of these, accepted by the queue.
        dropped: of these, by reason.
    """

    captured: int = 0
    pushed: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        """Captured, and neither pushed nor dropped yet."""
        return self.captured - self.pushed - sum(self.dropped.values())


class SourceCounters:
    """Counters of one stream id, written by the capture thread and by the pushing task."""

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
    def counts(self) -> SourceCounts:
        """The counters now."""
        with self._lock:
            return SourceCounts(self._captured, self._pushed, dict(self._dropped))

    def capture(self) -> None:
        """Count a captured frame."""
        with self._lock:
            self._captured += 1
        self._captured_total.inc()

    def push(self) -> None:
        """Count a frame that the queue accepted."""
        with self._lock:
            self._pushed += 1
        self._pushed_total.inc()

    def drop(self, reason: SourceDrop) -> None:
        """Count a dropped frame."""
        with self._lock:
            self._dropped[reason] = self._dropped.get(reason, 0) + 1
        self._metrics.counter("ei_frames_source_dropped_total", *self._labels, reason).inc()

    def close(self) -> None:
        """Remove the stream's series from the metrics."""
        for reason in self.counts.dropped:
            self._metrics.counter("ei_frames_source_dropped_total").remove(*self._labels, reason)
        self._metrics.counter("ei_frames_captured_total").remove(*self._labels)
        self._metrics.counter("ei_frames_pushed_total").remove(*self._labels)
