"""An estimate of Redis' clock. All times that cross processes are read from this clock.

The offset comes from the `TIME` reply with the shortest round trip among the latest samples, so a
slow reply cannot shift the clock by more than half of its round trip.
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
    """Redis' time, computed from the local monotonic clock and a measured offset."""

    def __init__(self) -> None:
        self._samples: deque[tuple[int, int]] = deque(maxlen=_SAMPLES)
        self._offset = time.time_ns() // 1000 - monotonic_us()

    @property
    def synchronised(self) -> bool:
        """Whether Redis has answered at least once."""
        return bool(self._samples)

    def now(self) -> int:
        """Microseconds of Redis' clock; of the local clock before the first `synchronise`."""
        return self.at(monotonic_us())

    def at(self, moment_us: int) -> int:
        """Redis' time at a moment of the local monotonic clock, both in microseconds."""
        return moment_us + self._offset

    async def synchronise(self, redis: Redis) -> None:
        """Take one sample from Redis.

        Raises:
            redis.RedisError: Redis did not answer.
        """
        before = monotonic_us()
        seconds, micros = await redis.time()
        self.observe(before, int(seconds) * 1_000_000 + int(micros), monotonic_us())

    def observe(self, before: int, answer: int, after: int) -> None:
        """Add one sample, all in microseconds.

        Args:
            before: local monotonic clock when the request was sent.
            answer: Redis' clock.
            after: local monotonic clock when the reply arrived.
        """
        offset = answer - (before + after) // 2
        if self._samples and abs(offset - self._offset) > 2 * (after - before) + 100_000:
            self._samples.clear()  # Redis' clock was set, or this is another Redis server
        self._samples.append((after - before, offset))
        self._offset = min(self._samples)[1]
