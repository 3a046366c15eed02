"""Keeps one source running: opens it, watches it, closes it, and opens it again without limit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from apps.runtime.monotonic import monotonic_us
from apps.streams.capture.lifecycle import Lifecycle, LifecycleStep

if TYPE_CHECKING:
    from apps.streams.capture.capture import Capture

__all__ = ["SourceSupervisor"]

log = logging.getLogger(__name__)

#: Seconds between two checks of a capture thread that reports nothing.
_CHECK_SECONDS = 0.25
#: Seconds that capture threads get to end when the stream is stopped.
_STOP_SECONDS = 1.0


class SourceSupervisor:
    """Opens and watches one source."""

    def __init__(
        self,
        name: str,
        lifecycle: Lifecycle,
        open_capture: Callable[[Callable[[], None]], Capture],
        on_change: Callable[[], None],
        on_unexpected_error: Callable[[], None],
    ) -> None:
        """Create it in the event loop that will run it.

        `open_capture` makes a capture, which calls the argument when its status changed.
        `on_change` is called after the state or its reason changed, and `on_unexpected_error` after
        an unexpected error ended a capture.
        """
        self.lifecycle = lifecycle
        self._name = name
        self._open_capture = open_capture
        self._on_change = on_change
        self._on_unexpected_error = on_unexpected_error
        self._loop = asyncio.get_running_loop()
        self._notified = asyncio.Event()
        self._capture: Capture | None = None
        self._stopping: list[Capture] = []

    async def run(self) -> None:
        """Run until cancelled; then stop the capture and wait a moment for its thread."""
        try:
            while True:
                self._check()
                with contextlib.suppress(TimeoutError):
                    # wait_for would lose a cancellation that arrives together with the event
                    async with asyncio.timeout(_CHECK_SECONDS):
                        await self._notified.wait()
                self._notified.clear()
        finally:
            self._close()
            await self._wait_for_threads()

    def pause(self) -> None:
        """Close the source until `resume`."""
        self.lifecycle.pause()
        self._changed()

    def resume(self) -> None:
        """Open the source again."""
        self.lifecycle.resume()
        self._changed()

    @property
    def stuck(self) -> int:
        """Number of threads that were asked to stop and have not ended."""
        self._stopping = [capture for capture in self._stopping if not capture.status.finished]
        return len(self._stopping)

    def _check(self) -> None:
        before = (self.lifecycle.state, self.lifecycle.error)
        status = None if self._capture is None else self._capture.status
        step = self.lifecycle.step(monotonic_us(), status, self.stuck)
        if status is not None and status.unexpected:
            self._on_unexpected_error()
        if step is LifecycleStep.OPEN:
            self._capture = self._open_capture(self._notify)
            self._capture.start()
        elif step is LifecycleStep.CLOSE:
            self._close()
        if before != (self.lifecycle.state, self.lifecycle.error):
            reason = f": {self.lifecycle.error}" if self.lifecycle.error else ""
            log.info("%s is %s%s", self._name, self.lifecycle.state, reason)
            self._changed()

    def _close(self) -> None:
        if self._capture is not None:
            self._capture.stop()
            self._stopping.append(self._capture)
            self._capture = None

    async def _wait_for_threads(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                while self.stuck:
                    self._notified.clear()
                    await self._notified.wait()

    def _changed(self) -> None:
        self._notified.set()
        self._on_change()

    def _notify(self) -> None:
        # the loop is closed if the process exits while a read still hangs
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._notified.set)
