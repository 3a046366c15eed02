"""The state of a source, and the next step: a state machine without threads and clocks.

::

                 open                   first picture
    connecting ────────▶ (a thread) ───────────────────▶ live
        ▲                    │ error, end, timeout          │ error, end, timeout
        │ resume             ▼                             ▼
      paused ◀── pause ── offline ◀────────────────────────┘
                             │ retry after a back-off, without limit; offline until a picture comes
                             ▼
                          (a thread) ─▶ live               end of a recording: ended
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial

from apps.pipeline.messages import SourceState
from apps.runtime import backoff

__all__ = ["CaptureStatus", "CaptureTimeouts", "Lifecycle", "LifecycleStep"]


class LifecycleStep(Enum):
    """What the supervisor must do now."""

    NOTHING = "nothing"
    OPEN = "open"  # start a capture thread
    CLOSE = "close"  # ask the current one to stop and forget it


@dataclass(frozen=True)
class CaptureTimeouts:
    """How long a source may be silent.

    Attributes:
        open_seconds: until its first picture.
        silent_seconds: between two pictures.
        stuck_threads: largest number of threads whose reads hang; at this number no thread is
            started until one of them ends.
    """

    open_seconds: float = 10.0
    silent_seconds: float = 3.0
    stuck_threads: int = 2


@dataclass(frozen=True)
class CaptureStatus:
    """The progress of a capture thread.

    Attributes:
        started_us: when it was started, microseconds of the monotonic clock.
        picture_us: when the last good picture came; 0 before the first.
        silent_on_purpose: it waits or works deliberately; no read hangs.
        finished: the thread has ended.
        error: why it ended, or what is wrong with the pictures; empty when all is well.
        refused: the camera refused the credentials.
        unexpected: an unexpected error ended it; the traceback is in the log.
    """

    started_us: int
    picture_us: int = 0
    silent_on_purpose: bool = False
    finished: bool = False
    error: str = ""
    refused: bool = False
    unexpected: bool = False


#: Delays between two tries; short enough that a camera that is back is live within 5 s.
_RETRIES = partial(backoff.delays, first=0.2, longest=1.0)
#: Delays after refused credentials: cameras lock accounts after several attempts.
_REFUSED_RETRIES = partial(backoff.delays, first=5.0, longest=60.0)


class Lifecycle:
    """The state of one source; `step` moves it on.

    Attributes:
        state: state of the source.
        error: why it is not live, one sentence.
        openings: how often it was opened.
    """

    def __init__(
        self,
        timeouts: CaptureTimeouts | None = None,
        *,
        retries: Callable[[], Iterator[float]] = _RETRIES,
    ) -> None:
        self.state = SourceState.CONNECTING
        self.error = ""
        self.openings = 0
        self._timeouts = timeouts or CaptureTimeouts()
        self._retries = retries
        self._delays = retries()
        self._refused_delays = _REFUSED_RETRIES()
        self._retry_us = 0

    def pause(self) -> None:
        """Close the source until `resume`."""
        if self.state is not SourceState.ENDED:
            self.state, self.error = SourceState.PAUSED, ""

    def resume(self) -> None:
        """Open the source again, also after a recording ended."""
        if self.state in {SourceState.PAUSED, SourceState.ENDED}:
            self.state, self.error, self._retry_us = SourceState.CONNECTING, "", 0

    def step(self, now_us: int, status: CaptureStatus | None, stuck: int) -> LifecycleStep:
        """Update the state and return the next step.

        `now_us` is of the monotonic clock, `status` of the current capture thread, if there is one.
        `stuck` is the number of threads that were asked to stop and have not ended.
        """
        if self.state in {SourceState.PAUSED, SourceState.ENDED}:
            return LifecycleStep.NOTHING if status is None else LifecycleStep.CLOSE
        if status is None:
            return self._absent(now_us, stuck)
        if status.finished:
            return self._finished(now_us, status)
        return self._running(now_us, status)

    def _absent(self, now_us: int, stuck: int) -> LifecycleStep:
        if now_us < self._retry_us:
            return LifecycleStep.NOTHING
        if stuck >= self._timeouts.stuck_threads:
            self.state = SourceState.OFFLINE
            self.error = f"{stuck} reads of the source hang and do not return"
            return LifecycleStep.NOTHING
        self.openings += 1
        return LifecycleStep.OPEN

    def _finished(self, now_us: int, status: CaptureStatus) -> LifecycleStep:
        if status.error:
            self._offline(now_us, status.error, refused=status.refused)
        else:
            self.state, self.error = SourceState.ENDED, ""
        return LifecycleStep.CLOSE

    def _running(self, now_us: int, status: CaptureStatus) -> LifecycleStep:
        if not status.picture_us:
            limit, since = self._timeouts.open_seconds, status.started_us
        else:
            limit, since = self._timeouts.silent_seconds, status.picture_us
        if now_us - since > limit * 1e6 and not status.silent_on_purpose:
            self._offline(now_us, status.error or f"No picture for {limit:g} s", refused=False)
            return LifecycleStep.CLOSE
        if status.picture_us:
            self._live()
        return LifecycleStep.NOTHING

    def _live(self) -> None:
        if self.state is not SourceState.LIVE:
            self.state, self.error = SourceState.LIVE, ""
            self._delays = self._retries()
            self._refused_delays = _REFUSED_RETRIES()

    def _offline(self, now_us: int, error: str, *, refused: bool) -> None:
        self.state, self.error = SourceState.OFFLINE, error
        delay = next(self._refused_delays if refused else self._delays)
        self._retry_us = now_us + int(delay * 1e6)
