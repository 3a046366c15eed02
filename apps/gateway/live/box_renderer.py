"""Draws the detections of one stream into its pictures, for viewers that cannot.

Drawing costs as much as decoding and encoding a JPEG. So it happens in a thread, only while a
viewer wants it, one picture of a stream at a time; a newer picture replaces a waiting one, and all
viewers of the stream share the result.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

from apps.pipeline.messages import Result
from apps.runtime.errors import ImageError

__all__ = ["BoxRenderer"]

log = logging.getLogger(__name__)


@dataclass
class BoxRenderer:
    """Draws the results of one stream."""

    _threads: Executor
    _draw: Callable[[Result], bytes]  #: makes the JPEG; called in a thread
    _publish: Callable[[bytes], None]  #: takes the finished JPEG; called on the event loop
    _next: Result | None = field(default=None, init=False)
    _work: asyncio.Task[None] | None = field(default=None, init=False)

    def offer(self, result: Result) -> None:
        """Draw this result next, instead of the one that waits."""
        self._next = result
        if self._work is None:
            self._work = asyncio.create_task(self._run())

    def close(self) -> None:
        """Drop the picture that is being drawn, and the one that waits."""
        self._next = None
        self._publish = _drop

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._next is not None:
                result, self._next = self._next, None
                try:
                    picture = await loop.run_in_executor(self._threads, self._draw, result)
                except ImageError as error:
                    log.warning("a picture of %s cannot be drawn: %s", result.stream, error)
                else:
                    self._publish(picture)
        finally:
            self._work = None


def _drop(picture: bytes) -> None:
    """Ignore a picture that was finished too late."""
    del picture
