"""The progress of a capture thread, as one value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CaptureStatus"]


@dataclass(frozen=True)
class CaptureStatus:
    """The progress of a capture thread.

    Attributes:
        started_us: when it was started, microseconds of the monotonic clock.
        picture_us: when the last good picture came; 0 before the first.
        silent_on_purpose: it waits or works deliberately; no read hangs.
        finished: the thread has ended.
        error: why it ended, or what is wrong with the pictures; empty when all is well.
        refused: the camera refused the credentials.
        unexpected: an unexpected error ended it; the traceback is in the log.
    """

    started_us: int
    picture_us: int = 0
    silent_on_purpose: bool = False
    finished: bool = False
    error: str = ""
    refused: bool = False
    unexpected: bool = False
