"""What a stream's source is doing and what to do next: decided from values, no thread, no clock.

::

                 open                   first picture
    connecting ────────▶ (a thread) ───────────────────▶ live
        ▲                    │ error, end, silence         │ error, end, silence
        │ resume             ▼                             ▼
      paused ◀── pause ── offline ◀────────────────────────┘
                             │ back-off, for ever; opened again: offline until a picture comes
                             ▼
                          (a thread) ─▶ live               a recording that ends: ended
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial

from apps.pipeline.messages import SourceState
from apps.runtime import backoff
from apps.streams.capture import CaptureView

__all__ = ["Lifecycle", "Patience", "Step"]


class Step(Enum):
    """What the supervisor must do now."""

    NOTHING = "nothing"
    OPEN = "open"  # start a capture thread
    LEAVE = "leave"  # tell the present one to stop and forget it


@dataclass(frozen=True)
class Patience:
    """How long a source may be silent.

    Attributes:
        open_seconds: until its first picture.
        silent_seconds: between two pictures.
        stuck_threads: that many threads whose reads do not return are left behind; then no more
            are started until one of them ends.
    """

    open_seconds: float = 10.0
    silent_seconds: float = 3.0
    stuck_threads: int = 2


#: Between two tries; short enough that a camera that answers again is live within 5 s.
_RETRIES = partial(backoff.delays, first=0.2, longest=1.0)
#: Between two tries with credentials that were refused: cameras lock accounts.
_REFUSED_RETRIES = partial(backoff.delays, first=5.0, longest=60.0)


class Lifecycle:
    """One source's state; `step` moves it on.

    Attributes:
        state: what the source is doing.
        error: why it is not live, one sentence.
        openings: how often it was opened.
    """

    def __init__(
        self,
        patience: Patience | None = None,
        *,
        retries: Callable[[], Iterator[float]] = _RETRIES,
    ) -> None:
        self.state = SourceState.CONNECTING
        self.error = ""
        self.openings = 0
        self._patience = patience or Patience()
        self._retries = retries
        self._waits = retries()
        self._refused_waits = _REFUSED_RETRIES()
        self._retry_us = 0

    def pause(self) -> None:
        """Close the source until `resume`."""
        if self.state is not SourceState.ENDED:
            self.state, self.error = SourceState.PAUSED, ""

    def resume(self) -> None:
        """Open it again; also one that has ended."""
        if self.state in {SourceState.PAUSED, SourceState.ENDED}:
            self.state, self.error, self._retry_us = SourceState.CONNECTING, "", 0

    def step(self, now_us: int, view: CaptureView | None, stuck: int) -> Step:
        """Move on.

        Args:
            now_us: the monotonic clock, microseconds.
            view: of the present capture thread; None when there is none.
            stuck: threads that were told to stop and did not end yet.
        """
        if self.state in {SourceState.PAUSED, SourceState.ENDED}:
            return Step.NOTHING if view is None else Step.LEAVE
        if view is None:
            return self._absent(now_us, stuck)
        if view.finished:
            return self._finished(now_us, view)
        return self._running(now_us, view)

    def _absent(self, now_us: int, stuck: int) -> Step:
        if now_us < self._retry_us:
            return Step.NOTHING
        if stuck >= self._patience.stuck_threads:
            self.state = SourceState.OFFLINE
            self.error = f"{stuck} reads of it hang and do not return"
            return Step.NOTHING
        self.openings += 1
        return Step.OPEN

    def _finished(self, now_us: int, view: CaptureView) -> Step:
        if view.error:
            self._offline(now_us, view.error, refused=view.refused)
        else:
            self.state, self.error = SourceState.ENDED, ""
        return Step.LEAVE

    def _running(self, now_us: int, view: CaptureView) -> Step:
        if not view.picture_us:
            limit, since = self._patience.open_seconds, view.started_us
        else:
            limit, since = self._patience.silent_seconds, view.picture_us
        if now_us - since > limit * 1e6 and not view.resting:
            self._offline(now_us, view.error or f"no picture for {limit:g} s", refused=False)
            return Step.LEAVE
        if view.picture_us:
            self._live()
        return Step.NOTHING

    def _live(self) -> None:
        if self.state is not SourceState.LIVE:
            self.state, self.error = SourceState.LIVE, ""
            self._waits = self._retries()
            self._refused_waits = _REFUSED_RETRIES()

    def _offline(self, now_us: int, error: str, *, refused: bool) -> None:
        self.state, self.error = SourceState.OFFLINE, error
        wait = next(self._refused_waits if refused else self._waits)
        self._retry_us = now_us + int(wait * 1e6)
