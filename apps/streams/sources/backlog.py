"""How far a network camera's pictures are behind the camera.

When decoding is slower than the camera, what it sends waits in the sockets, older and older, and
nothing says so: the pictures look fresh when they come. The times that the camera writes on its
pictures tell: if less of its time passes between two pictures than of ours, it waits.
"""

from __future__ import annotations

__all__ = ["Backlog"]

#: Behind by more than this, a live view skips.
_TOO_LATE_SECONDS = 1.0
#: Behind by less than this, it is live again.
_CAUGHT_UP_SECONDS = 0.2
#: The camera's clock may differ from ours by this much per second.
_DRIFT = 0.001
#: A camera's time that jumps further was set, or began anew.
_LONGEST_JUMP_SECONDS = 10.0


class Backlog:
    """Follows one camera's times.

    Attributes:
        late: the pictures are too far behind.
    """

    def __init__(self) -> None:
        self.late = False
        self._before: tuple[float, float] | None = None
        self._least = 0.0

    def arrived(self, camera_seconds: float | None, now_us: int) -> None:
        """A picture came.

        Args:
            camera_seconds: what the camera wrote on it; None when it wrote nothing.
            now_us: when it came, microseconds of the monotonic clock.
        """
        if camera_seconds is None:
            return
        now = now_us / 1e6
        behind = now - camera_seconds
        if self._before is None or abs(camera_seconds - self._before[0]) > _LONGEST_JUMP_SECONDS:
            self._least = behind
        else:
            drifted = self._least + _DRIFT * max(0.0, now - self._before[1])
            self._least = min(behind, drifted)
        self._before = (camera_seconds, now)
        limit = _CAUGHT_UP_SECONDS if self.late else _TOO_LATE_SECONDS
        self.late = behind - self._least > limit
