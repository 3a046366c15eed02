"""Stream density: the criteria of a served camera, and the search for the largest number.

The definition follows Intel's retail performance-tools (`stream_density.py`): the largest number of
streams at 15 frames/s that each get at least 14.95. Drops and age are bounded as well.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tools.bench.measurement import percentile

__all__ = ["LEAST_FPS", "Served", "largest"]

LEAST_FPS = 14.95
_MOST_DROPPED = 0.01
#: Three frames at 15 per second: people still perceive this as live.
_OLDEST_MS = 200.0


@dataclass(frozen=True, slots=True)
class Served:
    """Results of one camera during a window.

    Attributes:
        fps: results per second of capture time.
        offered: captured frames.
        dropped: frames dropped anywhere.
        ages_ms: ages of the results at publication, milliseconds since capture.
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
    """The largest number that holds, searched from a guess in steps of one; 0 if none holds.

    The condition is assumed to be monotonic: if it holds for n, it holds for n - 1.
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
