"""Waiting for other threads, tasks and processes: until it is so, never for a fixed time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

__all__ = ["until", "until_true"]


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Let others run until the condition holds.

    Raises:
        TimeoutError: it did not hold in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s")
        await asyncio.sleep(0.001)


async def until_true(
    condition: Callable[[], Awaitable[bool]], seconds: float = 30.0, *, every: float = 0.02
) -> None:
    """Ask again and again until the answer is yes.

    Raises:
        TimeoutError: it was not in time.
    """
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s")
        await asyncio.sleep(every)
