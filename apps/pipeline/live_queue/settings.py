"""Limits of the live queues, and the policy of a full queue."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum

from apps.runtime.settings import setting

__all__ = ["LiveSettings", "Policy"]


class Policy(StrEnum):
    """What a full queue does with a new frame."""

    OLDEST = "oldest"  # drop the oldest frame of the stream with most frames in the queue
    NEWEST = "newest"  # drop the new frame, counted
    BLOCK = "block"  # refuse the new frame; the producer waits


@dataclass(frozen=True)
class LiveSettings:
    """Limits of the live queues. All processes that push, pop or sweep use the same values."""

    queue_items: int = setting(
        32, "Maximum number of waiting frames, per task.", low=1, high=100_000
    )
    queue_bytes: int = setting(
        64 << 20, "Maximum size of all waiting frames, per task.", unit="bytes", low=1024
    )
    frame_bytes: int = setting(8 << 20, "Maximum size of a frame.", unit="bytes", low=1024)

    def arguments(self) -> list[str | int]:
        """The first ARGV of every live script."""
        return [secrets.token_hex(4), self.queue_items, self.queue_bytes, self.frame_bytes]
