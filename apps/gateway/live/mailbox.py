"""One viewer's mailbox: room for one result, the latest wins, what was passed over is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Mailbox", "Pace"]

T = TypeVar("T")


class Pace:
    """Lets at most so many results a second through, evenly and without drifting.

    A source that jitters around the wanted rate is not halved: a result that comes a little early
    is let through, and the next one waits that little longer.

    Args:
        max_fps: results per second; None for all of them.
    """

    def __init__(self, max_fps: float | None = None) -> None:
        self._interval = 1.0 / max_fps if max_fps else 0.0
        self._due = 0.0

    def lets(self, now: float) -> bool:
        """Whether the result of this moment (seconds, monotonic) is let through."""
        if now < self._due - self._interval / 2:
            return False
        self._due = max(self._due, now - self._interval / 2) + self._interval
        return True


class Mailbox(Generic[T]):
    """Room for one, between the stream and one viewer.

    Attributes:
        pace: how often something is put in at most.
        skipped: results that a newer one replaced before the viewer took them.
        on_skip: called whenever that happens.
        on_fill: called whenever something was put in; wakes who waits, unless somebody has put
            another call here.
    """

    def __init__(self) -> None:
        self.pace = Pace()
        self.skipped = 0
        self.on_skip: Callable[[], None] = _uncounted
        self._content: T | None = None
        self._filled = asyncio.Event()
        self.on_fill: Callable[[], None] = self._filled.set

    def put(self, content: T, now: float) -> None:
        """Put the newest result in, if the pace lets it."""
        if not self.pace.lets(now):
            return
        if self._content is not None:
            self.skipped += 1
            self.on_skip()
        self._content = content
        self.on_fill()

    async def wait(self) -> None:
        """Wait until there is something in it."""
        await self._filled.wait()

    def take(self) -> T | None:
        """What is in it, and leave it empty."""
        content, self._content = self._content, None
        self._filled.clear()
        return content


def _uncounted() -> None:
    """Nobody counts."""
