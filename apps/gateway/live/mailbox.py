"""One viewer's mailbox: it holds one message, a newer one replaces it, and skips are counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Mailbox", "RateLimit"]

T = TypeVar("T")


class RateLimit:
    """Passes at most `max_fps` messages a second (None: all), evenly and without drifting.

    A source that jitters around the limit is not halved: a message that comes a little early
    passes, and the next one waits a little longer.
    """

    def __init__(self, max_fps: float | None = None) -> None:
        self._interval = 1.0 / max_fps if max_fps else 0.0
        self._due = 0.0

    def passes(self, now: float) -> bool:
        """Whether a message of this moment (seconds, monotonic) passes."""
        if now < self._due - self._interval / 2:
            return False
        self._due = max(self._due, now - self._interval / 2) + self._interval
        return True


class Mailbox(Generic[T]):
    """Holds one message between the stream and one viewer.

    Attributes:
        limit: how often a message is put in at most.
        skipped: messages that a newer one replaced before the viewer took them.
        on_skip: called for each of these.
        on_fill: called whenever a message was put in; wakes `wait`, unless it was replaced.
    """

    def __init__(self) -> None:
        self.limit = RateLimit()
        self.skipped = 0
        self.on_skip: Callable[[], None] = _not_counted
        self._content: T | None = None
        self._filled = asyncio.Event()
        self.on_fill: Callable[[], None] = self._filled.set

    def put(self, content: T, now: float) -> None:
        """Put the newest message in, if the rate limit passes it."""
        if not self.limit.passes(now):
            return
        if self._content is not None:
            self.skipped += 1
            self.on_skip()
        self._content = content
        self.on_fill()

    async def wait(self) -> None:
        """Wait until the mailbox is filled."""
        await self._filled.wait()

    def take(self) -> T | None:
        """The message, which is removed; None if the mailbox is empty."""
        content, self._content = self._content, None
        self._filled.clear()
        return content


def _not_counted() -> None:
    """Ignore a skip, until a counter is attached."""
