"""How a capture thread is told to stop, and how it says that its silence is meant."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["StopSign"]


class StopSign:
    """Shared by a capture thread and whoever watches it.

    Attributes:
        resting: the thread is silent because it wants to be: its next picture is not due, is
            waited for on purpose, or is our own work and no camera's.
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

    @contextmanager
    def own_work(self) -> Iterator[None]:
        """The thread makes its picture itself, however long that takes: no read hangs."""
        self.resting = True
        try:
            yield
        finally:
            self.resting = False

    def rest(self, seconds: float) -> bool:
        """Wait that long, or until the sign is raised; say whether it is raised."""
        if seconds <= 0:
            return self.raised
        self.resting = True
        raised = self._event.wait(seconds)
        self.resting = False
        return raised
