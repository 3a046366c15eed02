"""Pictures with boxes drawn in, for viewers that are not our dashboard; free while nobody asks.

Drawing costs as much as decoding and encoding a JPEG, so it happens in a thread, one picture of a
stream at a time, the latest wins, and all who watch the stream share it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor

from apps.pipeline.messages import Result
from apps.runtime.errors import ImageError

__all__ = ["Painter"]

log = logging.getLogger(__name__)


class Painter:
    """Draws the results of one stream.

    Args:
        threads: where it is drawn.
        draw: makes the JPEG; called in a thread.
        hang: takes the finished JPEG; called on the event loop.
    """

    def __init__(
        self, threads: Executor, draw: Callable[[Result], bytes], hang: Callable[[bytes], None]
    ) -> None:
        self._threads = threads
        self._draw = draw
        self._hang = hang
        self._next: Result | None = None
        self._work: asyncio.Task[None] | None = None

    def offer(self, result: Result) -> None:
        """Draw this one next, instead of what was next."""
        self._next = result
        if self._work is None:
            self._work = asyncio.create_task(self._paint())

    def close(self) -> None:
        """Finish what is being drawn, and show it to nobody."""
        self._next = None
        self._hang = _nowhere

    async def _paint(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._next is not None:
                result, self._next = self._next, None
                try:
                    picture = await loop.run_in_executor(self._threads, self._draw, result)
                except ImageError as error:
                    log.warning("a picture of %s cannot be drawn: %s", result.stream, error)
                else:
                    self._hang(picture)
        finally:
            self._work = None


def _nowhere(picture: bytes) -> None:
    """Take a picture that nobody wants any more."""
    del picture
