"""A cancellation is never missed.

The client library of Redis waits with `asyncio.wait_for`, which before Python 3.12 swallows a
cancellation that comes at the moment at which the wait ends. A task that asks Redis again and again
is likely to be cancelled at such a moment; the task still knows that it was asked to stop.
"""

from __future__ import annotations

import asyncio

__all__ = ["heed", "pending"]


def pending() -> int:
    """How often the running task was asked to stop and has not."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def heed(already: int = 0) -> None:
    """Stop here if the running task was asked to: for loops that talk to Redis.

    Args:
        already: requests to stop that came before this piece of work began, and are not meant.

    Raises:
        asyncio.CancelledError: it was asked to.
    """
    if pending() > already:
        raise asyncio.CancelledError
