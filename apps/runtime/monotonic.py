"""The local monotonic clock."""

from __future__ import annotations

import time

__all__ = ["monotonic_us"]


def monotonic_us() -> int:
    """The local monotonic clock, microseconds."""
    return time.monotonic_ns() // 1000
