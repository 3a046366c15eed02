"""Redis' clock, known in every process: times that cross processes are read from it.

The offset is taken from the `TIME` answer with the shortest round trip of the last few, so that a
slow answer cannot move the clock by more than half its round trip.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from apps.runtime.monotonic import monotonic_us

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["RedisClock"]

_SAMPLES = 8


class RedisClock:
    """Redis' time without asking Redis each time."""

    def __init__(self) -> None:
        self._samples: deque[tuple[int, int]] = deque(maxlen=_SAMPLES)
        self._offset = time.time_ns() // 1000 - monotonic_us()

    @property
    def synchronised(self) -> bool:
        """Whether Redis was ever asked."""
        return bool(self._samples)

    def now(self) -> int:
        """Microseconds of Redis' clock; of this machine's, before the first `synchronise`."""
        return self.at(monotonic_us())

    def at(self, moment_us: int) -> int:
        """The same at a moment of this machine's monotonic clock."""
        return moment_us + self._offset

    async def synchronise(self, redis: Redis) -> None:
        """Ask Redis once.

        Raises:
            redis.RedisError: it did not answer.
        """
        before = monotonic_us()
        seconds, micros = await redis.time()
        self.observe(before, int(seconds) * 1_000_000 + int(micros), monotonic_us())

    def observe(self, before: int, answer: int, after: int) -> None:
        """Take one `TIME` answer into account: local clock before and after, Redis' in between."""
        offset = answer - (before + after) // 2
        if self._samples and abs(offset - self._offset) > 2 * (after - before) + 100_000:
            self._samples.clear()  # Redis' clock was set, or it is another Redis now
        self._samples.append((after - before, offset))
        self._offset = min(self._samples)[1]
