"""Measures how far the pictures of a network camera are behind the camera.

When decoding is slower than the camera, received data waits in the sockets and grows older, but
each picture looks fresh on arrival. The camera's timestamps show it: if less camera time than local
time passes between two pictures, the backlog grows.
"""

from __future__ import annotations

__all__ = ["Backlog"]

#: A backlog longer than this is too long for a live view.
_TOO_LATE_SECONDS = 1.0
#: Below this the backlog counts as gone.
_CAUGHT_UP_SECONDS = 0.2
#: Largest drift of the camera's clock against the local clock, seconds per second.
_DRIFT = 0.001
#: A longer jump of the camera's timestamps means that its clock was set or restarted.
_LONGEST_JUMP_SECONDS = 10.0


class Backlog:
    """Follows the timestamps of one camera.

    Attributes:
        late: the pictures are too far behind.
    """

    def __init__(self) -> None:
        self.late = False
        self._before: tuple[float, float] | None = None
        self._least = 0.0

    def arrived(self, camera_seconds: float | None, now_us: int) -> None:
        """Record a picture: the camera's timestamp, if any, and its arrival, monotonic clock."""
        if camera_seconds is None:
            return
        now = now_us / 1e6
        behind = now - camera_seconds
        if self._before is None or abs(camera_seconds - self._before[0]) > _LONGEST_JUMP_SECONDS:
            self._least = behind
        else:
            self._least = min(behind, self._least + _DRIFT * max(0.0, now - self._before[1]))
        self._before = (camera_seconds, now)
        limit = _CAUGHT_UP_SECONDS if self.late else _TOO_LATE_SECONDS
        self.late = behind - self._least > limit
