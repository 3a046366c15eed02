"""Waiting for threads, tasks and processes: until a condition holds, never for a fixed time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from tests.conftest import soak_factor

__all__ = ["promised", "until", "until_true"]

#: Factor by which a limit may be exceeded on a machine that is busy with other work.
_SLACK = 4.0


def promised(seconds: float) -> float:
    """A time limit: exact in a full run on an idle machine, with slack otherwise."""
    return seconds if soak_factor() >= 1 else seconds * _SLACK


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Let other tasks run until the condition holds.

    Raises:
        TimeoutError: The condition did not hold in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The condition did not hold within {seconds:g} s.")
        await asyncio.sleep(0.001)


async def until_true(
    condition: Callable[[], Awaitable[bool]], seconds: float = 30.0, *, every: float = 0.02
) -> None:
    """Evaluate the condition repeatedly until it holds.

    Raises:
        TimeoutError: The condition did not hold in time.
    """
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The condition did not hold within {seconds:g} s.")
        await asyncio.sleep(every)
