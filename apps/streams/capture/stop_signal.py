"""Asks a capture thread to stop, and shows whether the thread is silent on purpose."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["StopSignal"]


class StopSignal:
    """Shared by a capture thread and its supervisor.

    Attributes:
        silent_on_purpose: the thread gives no picture because the next one is not due, because it
            waits deliberately, or because it computes the picture itself. No read hangs.
    """

    def __init__(self) -> None:
        self.silent_on_purpose = False
        self._event = threading.Event()

    def request(self) -> None:
        """Ask the thread to stop."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether the thread was asked to stop."""
        return self._event.is_set()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Mark the block as work of the thread itself, which may take any time."""
        self.silent_on_purpose = True
        try:
            yield
        finally:
            self.silent_on_purpose = False

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until a stop is requested; return whether it was requested."""
        if seconds <= 0:
            return self.requested
        self.silent_on_purpose = True
        requested = self._event.wait(seconds)
        self.silent_on_purpose = False
        return requested
