"""The thread of one opening of one source: the named place where this service blocks.

A thread cannot be ended from outside. One whose read never returns is told to stop, left alone,
and counted by the supervisor, which starts only so many anew (`lifecycle.py`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from apps.runtime.errors import ImageError, SourceError
from apps.runtime.monotonic import monotonic_us
from apps.streams.books import SourceDrop
from apps.streams.rate import RateLimit
from apps.streams.source import Source
from apps.streams.stop_sign import StopSign
from apps.vision.video.demux import AccessRefusedError
from apps.vision.video.picture import CapturedPicture, PictureForm, RawPicture

__all__ = ["Capture", "CaptureView", "Receiver", "some_still_read"]

log = logging.getLogger(__name__)

_THREAD_NAME = "capture"


class Receiver(Protocol):
    """Who gets the pictures, called from the capture thread; never blocks but in `make_room`."""

    def take(self, picture: CapturedPicture) -> None:
        """A picture."""

    def drop(self, reason: SourceDrop) -> None:
        """A picture that came and was dropped before anybody could have it."""

    def make_room(self, stop: StopSign) -> None:
        """Wait until a picture would be welcome, when the source is one that can wait."""


@dataclass(frozen=True)
class CaptureView:
    """What a capture thread has done so far.

    Attributes:
        started_us: when it was started, microseconds of the monotonic clock.
        picture_us: when the last good picture came; 0 before the first.
        resting: it is silent because it wants to be.
        finished: the thread has ended.
        error: why it ended, or what is wrong with the pictures; empty when it is well.
        refused: the camera wants other credentials.
        unexpected: it ended by an error that nobody expected, which was logged.
    """

    started_us: int
    picture_us: int = 0
    resting: bool = False
    finished: bool = False
    error: str = ""
    refused: bool = False
    unexpected: bool = False


class Capture:
    """Opens a source in a thread of its own and hands its pictures on."""

    def __init__(
        self,
        source: Source,
        receiver: Receiver,
        *,
        form: PictureForm,
        fps: float,
        notify: Callable[[], None],
    ) -> None:
        """Make it; `start` starts it.

        Args:
            source: to open.
            receiver: of its pictures.
            form: of the pictures.
            fps: at most, when the source is live; 0 for all that come.
            notify: called in the thread at the first picture and at the end.
        """
        self._source = source
        self._receiver = receiver
        self._form = form
        self._limit = RateLimit(fps if source.live else 0.0)
        self._notify = notify
        self._stop = StopSign()
        self._busy = False
        self._started_us = 0
        self._picture_us = 0
        self._error = ""
        self._refused = False
        self._unexpected = False
        # a daemon: a read that never returns must not keep the process
        self._thread = threading.Thread(target=self._run, name=_THREAD_NAME, daemon=True)
        self._finished = threading.Event()

    @property
    def view(self) -> CaptureView:
        """What it has done so far."""
        return CaptureView(
            self._started_us,
            self._picture_us,
            self._stop.resting or self._busy,
            self._finished.is_set(),
            self._error,
            self._refused,
            self._unexpected,
        )

    def start(self) -> None:
        """Start the thread."""
        self._started_us = monotonic_us()
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it does so at its next picture, or when its read times out."""
        self._stop.raise_sign()

    def _run(self) -> None:
        try:
            for raw in self._source.pictures(self._stop):
                if self._stop.raised:
                    break
                self._hand_on(raw)
        except SourceError as error:
            self._error = str(error)
            self._refused = isinstance(error, AccessRefusedError)
        except Exception:  # the boundary of the thread: logged here, counted by the supervisor
            log.exception("a source failed in a way that nobody expected")
            self._error, self._unexpected = "an unexpected error: see the log", True
        finally:
            self._finished.set()
            self._notify()

    def _hand_on(self, raw: RawPicture) -> None:
        if not self._limit.keep(raw.captured_monotonic_us):
            self._picture_us = monotonic_us()
            self._receiver.drop(SourceDrop.RATE)
            return
        self._busy = True  # our own work, or our own wish to wait: not the camera's silence
        try:
            picture = raw.finish(self._form)
        except ImageError as error:
            self._error = str(error)
            self._receiver.drop(SourceDrop.DAMAGED)
        else:
            self._receiver.make_room(self._stop)
            self._receiver.take(picture)
            self._well()
        finally:
            self._busy = False

    def _well(self) -> None:
        first = not self._picture_us
        self._picture_us = monotonic_us()
        self._error = ""
        if first:
            self._notify()


def some_still_read() -> bool:
    """Whether a capture thread of this process has not ended yet."""
    return any(thread.name == _THREAD_NAME for thread in threading.enumerate())
