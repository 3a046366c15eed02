"""How a capture thread is told to stop, and how it says that its silence is meant."""

from __future__ import annotations

import threading

__all__ = ["StopSign"]


class StopSign:
    """Shared by a capture thread and whoever watches it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._resting = False

    def raise_sign(self) -> None:
        """Ask the thread to stop."""
        self._event.set()

    @property
    def raised(self) -> bool:
        """Whether the thread was asked to stop."""
        return self._event.is_set()

    @property
    def resting(self) -> bool:
        """Whether the thread waits because it wants to, until its next picture is due."""
        return self._resting

    def rest(self, seconds: float) -> bool:
        """Wait that long, or until the sign is raised; say whether it is raised."""
        if seconds <= 0:
            return self.raised
        self._resting = True
        raised = self._event.wait(seconds)
        self._resting = False
        return raised
