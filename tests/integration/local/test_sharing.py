"""Live frames and jobs share one worker: if one is overloaded, the other keeps its share."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from apps.local.redis_server import RedisServer
from apps.pipeline.job_queue.job_client import JobClient
from apps.runtime import cancellation
from apps.runtime.errors import JobError
from apps.vision.image import encode_jpeg
from tests.integration.local.bench_worker import Bench, bench

pytestmark = [pytest.mark.redis, pytest.mark.timeout(300)]

Jobs = Callable[[JobClient, list[float]], Coroutine[Any, Any, None]]

#: One slot, 20 ms: 50 pictures per second.
CAPACITY = 50.0
JOB_SHARE = 0.3
SECONDS = 10.0
JPEG = encode_jpeg(np.zeros((48, 64, 3), np.uint8), 80)


@pytest.fixture
async def made(redis_server: RedisServer) -> AsyncIterator[Bench]:
    core = max(os.sched_getaffinity(0))
    async with bench(redis_server, "face", [JPEG], [core], "--model", "stub:slots=1,ms=20") as one:
        yield one


async def served(made: Bench, live_fps: float, jobs: Jobs) -> tuple[float, float]:
    """Live frames and jobs served per second, once both have begun."""
    client, done = JobClient(made.redis), list[float]()
    working = [
        asyncio.create_task(jobs(client, done)),
        asyncio.create_task(made.load(live_fps, SECONDS + 4)),
    ]
    await asyncio.sleep(2)
    before, began, jobs_before = await made.inferred(), time.monotonic(), len(done)
    await asyncio.sleep(SECONDS)
    elapsed = time.monotonic() - began
    rates = (await made.inferred() - before) / elapsed, (len(done) - jobs_before) / elapsed
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    await client.close()
    return rates


async def submit(client: JobClient, done: list[float]) -> None:
    with contextlib.suppress(JobError):
        await client.submit("face", JPEG, 5.0)
        done.append(time.monotonic())


async def flood(client: JobClient, done: list[float]) -> None:
    """Thirty that always wait for an answer."""

    async def again() -> None:
        while True:
            cancellation.heed()
            await submit(client, done)

    async with asyncio.TaskGroup() as group:
        for _ in range(30):
            group.create_task(again())


def at_rate(fps: float) -> Jobs:
    async def steadily(client: JobClient, done: list[float]) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                cancellation.heed()
                group.create_task(submit(client, done))
                await asyncio.sleep(1 / fps)

    return steadily


async def test_flooded_by_live_frames_jobs_keep_their_share(made: Bench) -> None:
    live, jobs = await served(made, 10 * CAPACITY, at_rate(JOB_SHARE * CAPACITY))
    total = live + jobs
    assert jobs >= 0.9 * JOB_SHARE * min(total, CAPACITY), (live, jobs)


async def test_flooded_by_jobs_live_frames_keep_their_share(made: Bench) -> None:
    live, jobs = await served(made, (1 - JOB_SHARE) * CAPACITY, flood)
    total = live + jobs
    assert live >= 0.9 * (1 - JOB_SHARE) * min(total, CAPACITY), (live, jobs)


async def test_both_flooded_each_gets_its_share(made: Bench) -> None:
    live, jobs = await served(made, 10 * CAPACITY, flood)
    assert jobs / (live + jobs) == pytest.approx(JOB_SHARE, abs=0.05)


async def test_what_one_does_not_use_goes_to_the_other(made: Bench) -> None:
    _, jobs = await served(made, 2.0, flood)
    assert jobs >= 0.5 * CAPACITY  # a share alone would be 0.3
