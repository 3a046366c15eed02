"""Keeps one source giving pictures: opens it, watches it, leaves it, opens it again, for ever."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from apps.runtime.monotonic import monotonic_us
from apps.streams.capture import Capture
from apps.streams.lifecycle import Lifecycle, Step

__all__ = ["Supervisor"]

log = logging.getLogger(__name__)

#: Seconds between two looks at a capture thread that says nothing.
_LOOK_SECONDS = 0.25
#: Seconds that a capture thread gets to end when the stream is stopped.
_FAREWELL_SECONDS = 1.0


class Supervisor:
    """One source's opener and watcher."""

    def __init__(
        self,
        name: str,
        lifecycle: Lifecycle,
        open_capture: Callable[[Callable[[], None]], Capture],
        on_change: Callable[[], None],
        on_bug: Callable[[], None],
    ) -> None:
        """Make it in the event loop that will run it.

        Args:
            name: of the stream, for the log.
            lifecycle: of its source.
            open_capture: makes a capture that calls what it is given when there is news.
            on_change: called after the state or its reason changed.
            on_bug: called after a capture ended by an error that nobody expected.
        """
        self.lifecycle = lifecycle
        self._name = name
        self._open_capture = open_capture
        self._on_change = on_change
        self._on_bug = on_bug
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._capture: Capture | None = None
        self._left: list[Capture] = []

    async def run(self) -> None:
        """Until cancelled; then tell the source to stop, and give it a moment to."""
        try:
            while True:
                self._look()
                with contextlib.suppress(TimeoutError):
                    # not wait_for, which forgets a cancellation that comes with the news
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._news.wait()
                self._news.clear()
        finally:
            self._leave()
            await self._farewell()

    def pause(self) -> None:
        """Close the source until `resume`."""
        self.lifecycle.pause()
        self._changed()

    def resume(self) -> None:
        """Open it again."""
        self.lifecycle.resume()
        self._changed()

    @property
    def stuck(self) -> int:
        """Threads that were told to stop and did not end yet."""
        self._left = [capture for capture in self._left if not capture.view.finished]
        return len(self._left)

    def _look(self) -> None:
        before = (self.lifecycle.state, self.lifecycle.error)
        view = None if self._capture is None else self._capture.view
        step = self.lifecycle.step(monotonic_us(), view, self.stuck)
        if view is not None and view.unexpected:
            self._on_bug()
        if step is Step.OPEN:
            self._capture = self._open_capture(self._tell)
            self._capture.start()
        elif step is Step.LEAVE:
            self._leave()
        if before != (self.lifecycle.state, self.lifecycle.error):
            reason = f": {self.lifecycle.error}" if self.lifecycle.error else ""
            log.info("%s is %s%s", self._name, self.lifecycle.state, reason)
            self._changed()

    def _leave(self) -> None:
        if self._capture is not None:
            self._capture.stop()
            self._left.append(self._capture)
            self._capture = None

    async def _farewell(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                while self.stuck:
                    self._news.clear()
                    await self._news.wait()

    def _changed(self) -> None:
        self._news.set()
        self._on_change()

    def _tell(self) -> None:
        # the loop is closed when the process leaves while a read still hangs
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._news.set)
