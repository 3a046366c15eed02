"""Notice cancellations that the Redis client loses.

The Redis client waits with `asyncio.wait_for`. Before Python 3.12, `wait_for` swallows a
cancellation that arrives at the moment the wait ends. This is likely in a task that calls Redis in
a loop. The task still counts the request, so the loop can check for it.
"""

from __future__ import annotations

import asyncio

__all__ = ["heed", "pending"]


def pending() -> int:
    """Number of cancellation requests that the running task has not yet acted on."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def heed(already: int = 0) -> None:
    """Raise if the running task was cancelled. Call this in every loop that calls Redis.

    Args:
        already: cancellation requests from before this work began; they are ignored.

    Raises:
        asyncio.CancelledError: the task was cancelled.
    """
    if pending() > already:
        raise asyncio.CancelledError
