"""When the pictures of a recording are due."""

from __future__ import annotations

__all__ = ["RecordingPace"]

#: A recording that is later than this does not hurry to catch up.
_FORGIVEN_US = 500_000


class RecordingPace:
    """When the pictures of a recording are due, so that it plays at its own speed."""

    def __init__(self) -> None:
        self._due: int | None = None

    def wait_us(self, interval_us: int, now_us: int) -> int:
        """Microseconds to wait for the next picture, which comes one interval after the last.

        The first one is due at once. A recording that is late hurries, but not for ever.
        """
        due = now_us if self._due is None else self._due + interval_us
        self._due = now_us if now_us - due > _FORGIVEN_US else due
        return max(0, self._due - now_us)
