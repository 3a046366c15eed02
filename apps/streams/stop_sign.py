"""How a capture thread is told to stop, and how it says that its silence is meant."""

from __future__ import annotations

import threading

__all__ = ["StopSign"]


class StopSign:
    """Shared by a capture thread and whoever watches it.

    Attributes:
        resting: the thread is silent because it wants to be: its next picture is not due, or is
            waited for on purpose.
    """

    def __init__(self) -> None:
        self.resting = False
        self._event = threading.Event()

    def raise_sign(self) -> None:
        """Ask the thread to stop."""
        self._event.set()

    @property
    def raised(self) -> bool:
        """Whether the thread was asked to stop."""
        return self._event.is_set()

    def rest(self, seconds: float) -> bool:
        """Wait that long, or until the sign is raised; say whether it is raised."""
        if seconds <= 0:
            return self.raised
        self.resting = True
        raised = self._event.wait(seconds)
        self.resting = False
        return raised
