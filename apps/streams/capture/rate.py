"""Measuring and limiting frames per second.

Every time is an argument, in microseconds of any one clock.
"""

from __future__ import annotations

from collections import deque

__all__ = ["FrameRateLimit", "FrameRateMeter", "longest_silence"]

#: Longest time between two pictures of a healthy source, seconds, unless its rate is lower.
_USUAL_SILENCE = 3.0


def longest_silence(fps: float) -> float:
    """Seconds without a picture after which a source is offline.

    >>> longest_silence(15), longest_silence(0.2), longest_silence(0)
    (3.0, 15.0, 3.0)
    """
    return max(_USUAL_SILENCE, 3.0 / fps) if fps else _USUAL_SILENCE


class FrameRateMeter:
    """Counts the frames per second of the last seconds."""

    def __init__(self, window_us: int = 5_000_000) -> None:
        self._window = window_us
        self._times: deque[int] = deque(maxlen=10_000)

    def count(self, now_us: int) -> None:
        """Record one frame."""
        self._times.append(now_us)

    def fps(self, now_us: int) -> float:
        """Frames per second since the first frame of the window; right from the second frame on."""
        while self._times and self._times[0] < now_us - self._window:
            self._times.popleft()
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) * 1e6 / max(1, now_us - self._times[0])


class FrameRateLimit:
    """Selects evenly spaced frames, at most `fps` per second; 0 keeps every frame."""

    def __init__(self, fps: float) -> None:
        self._interval = 1e6 / fps if fps > 0 else 0.0
        self._due = float("-inf")

    def keep(self, now_us: int) -> bool:
        """Whether to keep the frame that arrives now.

        A frame that is early by up to a tenth of the interval is kept: cameras are not exact.
        """
        if now_us < self._due - self._interval / 10:
            return False
        late = now_us - self._due > self._interval
        self._due = (now_us if late else self._due) + self._interval
        return True
