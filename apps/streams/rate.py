"""Pictures per second: measured, limited, and kept.

Both are values of time that is handed in, microseconds of any one clock.
"""

from __future__ import annotations

from collections import deque

__all__ = ["RateLimit", "RateMeter", "longest_silence"]

#: Seconds between two pictures of a source that is well, unless fewer are asked of it.
_USUAL_SILENCE = 3.0


def longest_silence(fps: float) -> float:
    """Seconds without a picture after which a source is offline.

    >>> longest_silence(15), longest_silence(0.2), longest_silence(0)
    (3.0, 15.0, 3.0)
    """
    return max(_USUAL_SILENCE, 3.0 / fps) if fps else _USUAL_SILENCE


class RateMeter:
    """How many pictures came per second over the last seconds."""

    def __init__(self, window_us: int = 5_000_000) -> None:
        self._window = window_us
        self._times: deque[int] = deque(maxlen=10_000)

    def count(self, now_us: int) -> None:
        """One came."""
        self._times.append(now_us)

    def fps(self, now_us: int) -> float:
        """Per second; measured from the first of the window, so that it is right at once."""
        while self._times and self._times[0] < now_us - self._window:
            self._times.popleft()
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) * 1e6 / max(1, now_us - self._times[0])


class RateLimit:
    """Which pictures to keep so that there are at most so many per second, evenly."""

    def __init__(self, fps: float) -> None:
        self._interval = 1e6 / fps if fps > 0 else 0.0
        self._due = float("-inf")

    def keep(self, now_us: int) -> bool:
        """Whether to keep the picture that comes now.

        One that comes a little early (a tenth of the interval: cameras are not exact) is kept.
        """
        if now_us < self._due - self._interval / 10:
            return False
        late = now_us - self._due > self._interval
        self._due = (now_us if late else self._due) + self._interval
        return True
