"""Waiting for other threads, tasks and processes: until it is so, never for a fixed time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from tests.conftest import soak_factor

__all__ = ["promised", "until", "until_true"]

#: How much longer than promised anything may take on a machine that has other things to do.
_SLACK = 4.0


def promised(seconds: float) -> float:
    """A promised time: to the letter in a full run, on a quiet machine; with slack elsewhere."""
    return seconds if soak_factor() >= 1 else seconds * _SLACK


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
