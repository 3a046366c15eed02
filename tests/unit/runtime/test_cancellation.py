"""Tasks notice cancellations that a library has swallowed."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from apps.runtime import cancellation


async def deaf() -> None:
    """Wait, and swallow a cancellation."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


async def test_a_task_whose_cancellation_was_swallowed_stops_at_heed() -> None:
    async def work() -> None:
        while True:
            await deaf()
            cancellation.heed()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_timeout_whose_cancellation_was_swallowed_is_raised() -> None:
    async def work() -> None:
        async with asyncio.timeout(0.001):
            await deaf()
            cancellation.heed()

    with pytest.raises(TimeoutError):
        await work()


async def test_work_that_starts_in_a_cancelled_task_continues() -> None:
    async def clean_up() -> str:
        await deaf()
        already = cancellation.pending()
        await asyncio.sleep(0)
        cancellation.heed(already)
        return "cleaned"

    task = asyncio.create_task(clean_up())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "cleaned"


async def test_a_task_that_was_not_cancelled_continues() -> None:
    cancellation.heed()
    assert cancellation.pending() == 0
