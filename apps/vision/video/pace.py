"""Playback times of the pictures of a recording."""

from __future__ import annotations

__all__ = ["RecordingPace"]

#: A recording with a larger delay continues at its own speed and does not catch up.
_MAX_DELAY_US = 500_000


class RecordingPace:
    """Plays a recording at its own speed."""

    def __init__(self) -> None:
        self._due: int | None = None

    def wait_us(self, interval_us: int, now_us: int) -> int:
        """Time to wait for the next picture, microseconds; `now_us` is of the monotonic clock.

        The first picture is due at once. A late recording catches up if the delay is below 0.5 s.
        """
        due = now_us if self._due is None else self._due + interval_us
        self._due = now_us if now_us - due > _MAX_DELAY_US else due
        return max(0, self._due - now_us)
