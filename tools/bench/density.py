"""Stream density: when a camera counts as served, and how the most cameras are found.

The definition is that of Intel's retail performance-tools (`stream_density.py`): the most streams
of 15 per second of which each gets at least 14.95; ours also bounds drops and age.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tools.bench.measurement import percentile

__all__ = ["LEAST_FPS", "Served", "largest"]

LEAST_FPS = 14.95
_MOST_DROPPED = 0.01
#: Three frames at 15 per second: what people still take for the present.
_OLDEST_MS = 200.0


@dataclass(frozen=True, slots=True)
class Served:
    """What became of one camera's frames in some seconds.

    Attributes:
        fps: results per second of the camera's own time.
        offered: frames that it took.
        dropped: of these, dropped, wherever.
        ages_ms: of the results when they were published, milliseconds since capture.
    """

    fps: float
    offered: int
    dropped: int
    ages_ms: Sequence[float]

    @property
    def well(self) -> bool:
        """Whether the camera counts as served."""
        return (
            self.fps >= LEAST_FPS
            and self.dropped < _MOST_DROPPED * self.offered
            and percentile(self.ages_ms, 0.95) <= _OLDEST_MS
        )


async def largest(guess: int, holds: Callable[[int], Awaitable[bool]]) -> int:
    """The largest number that holds, looked for from a guess in steps of one; 0 if none does.

    What holds for a number is taken to hold for every smaller one.
    """
    count = max(1, guess)
    if await holds(count):
        while await holds(count + 1):
            count += 1
        return count
    while count > 1:
        count -= 1
        if await holds(count):
            return count
    return 0
