"""The capture thread: reads a source once, from opening to end. The service blocks only here.

A thread cannot be ended from outside. A thread whose read hangs is asked to stop, then left alone.
The supervisor counts these threads and limits their number (`lifecycle.py`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from apps.runtime.errors import ImageError, SourceError
from apps.runtime.monotonic import monotonic_us
from apps.streams.capture.lifecycle import CaptureStatus
from apps.streams.capture.rate import FrameRateLimit
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.source import Source
from apps.streams.source_counters import SourceDrop
from apps.vision.video.demux import AccessRefusedError
from apps.vision.video.picture import CapturedPicture, PictureForm, RawPicture

__all__ = ["Capture", "Receiver", "has_running_threads"]

log = logging.getLogger(__name__)

_THREAD_NAME = "capture"


class Receiver(Protocol):
    """Receives the pictures in the capture thread; only `wait_for_space` may block."""

    def take(self, picture: CapturedPicture) -> None:
        """Take a picture."""

    def drop(self, reason: SourceDrop) -> None:
        """Count a picture that was dropped before `take`."""

    def wait_for_space(self, stop: StopSignal) -> None:
        """Block until there is space for a picture, if the source can wait."""


class Capture:
    """Reads a source in a separate thread and gives its pictures to a receiver."""

    def __init__(
        self,
        source: Source,
        receiver: Receiver,
        *,
        form: PictureForm,
        fps: float,
        notify: Callable[[], None],
    ) -> None:
        """Create it; `start` starts it.

        `fps` is the largest rate of a live source; 0 keeps every picture. `notify` is called in the
        thread at the first picture and at the end.
        """
        self._source = source
        self._receiver = receiver
        self._form = form
        self._limit = FrameRateLimit(fps if source.live else 0.0)
        self._notify = notify
        self._stop = StopSignal()
        self._busy = False
        self._started_us = 0
        self._picture_us = 0
        self._error = ""
        self._refused = False
        self._unexpected = False
        # a daemon: a read that hangs must not keep the process alive
        self._thread = threading.Thread(target=self._run, name=_THREAD_NAME, daemon=True)
        self._finished = threading.Event()

    @property
    def status(self) -> CaptureStatus:
        """The progress of the thread."""
        silent_on_purpose = self._stop.silent_on_purpose or self._busy
        progress = self._started_us, self._picture_us, silent_on_purpose, self._finished.is_set()
        return CaptureStatus(*progress, self._error, self._refused, self._unexpected)

    def start(self) -> None:
        """Start the thread."""
        self._started_us = monotonic_us()
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it does so at its next picture, or when its read times out."""
        self._stop.request()

    def _run(self) -> None:
        try:
            for raw in self._source.pictures(self._stop):
                if self._stop.requested:
                    break
                self._process(raw)
        except SourceError as error:
            self._error = str(error)
            self._refused = isinstance(error, AccessRefusedError)
        except Exception:  # the boundary of the thread: logged here, counted by the supervisor
            log.exception("unexpected error in a source")
            self._error, self._unexpected = "Unexpected error: see the log", True
        finally:
            self._finished.set()
            self._notify()

    def _process(self, raw: RawPicture) -> None:
        if not self._limit.keep(raw.captured_monotonic_us):
            self._picture_us = monotonic_us()
            self._receiver.drop(SourceDrop.RATE)
            return
        self._busy = True  # encoding and waiting for space do not count as silence of the camera
        try:
            picture = raw.finish(self._form)
        except ImageError as error:
            self._error = str(error)
            self._receiver.drop(SourceDrop.DAMAGED)
        else:
            self._receiver.wait_for_space(self._stop)
            self._receiver.take(picture)
            self._succeeded()
        finally:
            self._busy = False

    def _succeeded(self) -> None:
        first = not self._picture_us
        self._picture_us = monotonic_us()
        self._error = ""
        if first:
            self._notify()


def has_running_threads() -> bool:
    """Whether a capture thread of this process has not ended yet."""
    return any(thread.name == _THREAD_NAME for thread in threading.enumerate())
