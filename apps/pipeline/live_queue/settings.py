"""Limits of the live queues, and the policy of a full queue."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum

from apps.runtime.settings import setting

__all__ = ["LiveSettings", "Policy"]


class Policy(StrEnum):
    """What a full queue does with a newcomer."""

    OLDEST = "oldest"  # make room: the stream that holds most places loses its oldest frame
    NEWEST = "newest"  # drop the newcomer, counted
    BLOCK = "block"  # refuse it for now; the producer waits


@dataclass(frozen=True)
class LiveSettings:
    """Bounds of the live queues: the same for all who push, pop and sweep."""

    queue_items: int = setting(32, "Frames that wait at most, per task.", low=1, high=100_000)
    queue_bytes: int = setting(
        64 << 20, "Bytes that wait at most, per task.", unit="bytes", low=1024
    )
    frame_bytes: int = setting(8 << 20, "Largest frame.", unit="bytes", low=1024)

    def arguments(self) -> list[str | int]:
        """What every live script's ARGV begins with."""
        return [secrets.token_hex(4), self.queue_items, self.queue_bytes, self.frame_bytes]
