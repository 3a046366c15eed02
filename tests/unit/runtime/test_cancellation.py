"""A cancellation that a library swallowed is heeded all the same."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from apps.runtime import cancellation


async def deaf() -> None:
    """Swallow the cancellation that comes while it waits."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


async def test_a_task_whose_cancellation_was_swallowed_stops_where_it_heeds() -> None:
    async def work() -> None:
        while True:
            await deaf()
            cancellation.heed()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_time_out_whose_cancellation_was_swallowed_is_a_time_out() -> None:
    async def work() -> None:
        async with asyncio.timeout(0.001):
            await deaf()
            cancellation.heed()

    with pytest.raises(TimeoutError):
        await work()


async def test_work_that_begins_in_a_cancelled_task_goes_on() -> None:
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


async def test_a_task_that_nobody_cancelled_goes_on() -> None:
    cancellation.heed()
    assert cancellation.pending() == 0
