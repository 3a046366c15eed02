"""The scaling signal says how many fully busy workers the offered load needs: measured.

The worker owns core 0; Redis and the load are on core 1. Capacity is measured just before, in the
same set-up, and everything is compared with it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from apps.local.redis_server import RedisServer
from tests.conftest import soak_factor
from tests.integration.local.bench_worker import Bench, bench, jpegs_of

pytestmark = [pytest.mark.data, pytest.mark.redis, pytest.mark.timeout(900)]

LOADS = (0.10, 0.25, 0.50, 0.75, 0.90, 2.00)
TRIES = 3
WINDOW = 10.0
#: Some dozens of pictures a second: enough of them to count, few enough that one core feeds many.
TASK = "people"


@pytest.fixture(autouse=True)
def core_one() -> Iterator[None]:
    """This process, and the Redis that it starts, on core 1."""
    if soak_factor() < 1:
        pytest.skip("minutes of measuring on a quiet machine: it runs with tools/test.sh --full")
    ours = os.sched_getaffinity(0)
    if not {0, 1} <= ours:
        pytest.skip("two cores are needed: one for the worker, one for the load")
    os.sched_setaffinity(0, {1})
    yield
    os.sched_setaffinity(0, ours)


@pytest.fixture
def jpegs(core_one: None, test_data: Path) -> list[bytes]:  # noqa: ARG001 - an order
    video = test_data / "videos" / "core" / "people-detection_reenc.mp4"
    return jpegs_of(video, count=60, size=(768, 432))


@pytest.fixture
def server(core_one: None, redis_server: RedisServer) -> RedisServer:  # noqa: ARG001 - an order
    redis_server.stop()
    redis_server.start()
    return redis_server


async def measure(made: Bench, fps: float) -> tuple[float, float]:
    """Signal and frames per second under a steady load that has been there for a while."""
    load = asyncio.create_task(made.load(fps, WINDOW + 5, name=f"load-{fps:.0f}"))
    await asyncio.sleep(3)
    before, began = await made.pushed(), time.monotonic()
    offered = await made.offered(WINDOW)
    rate = (await made.pushed() - before) / (time.monotonic() - began)
    await load
    await asyncio.sleep(2)
    return offered, rate


@pytest.mark.parametrize("load", LOADS, ids="{:.0%}".format)
async def test_the_signal_is_offered_load_divided_by_capacity(
    server: RedisServer, jpegs: list[bytes], test_data: Path, load: float
) -> None:
    found = []
    async with bench(server, TASK, jpegs, [0], "--models", str(test_data / "models")) as made:
        for _ in range(TRIES):
            capacity = await made.capacity(6)
            offered, rate = await measure(made, load * capacity)
            found.append((offered, rate / capacity))
            print(f"signal {offered:.3f} at {rate / capacity:.3f} of {capacity:.1f} fps")
    assert abs(median(signal - wanted for signal, wanted in found)) < (0.2 if load > 1 else 0.1)


async def test_two_workers_at_twice_the_capacity_of_one_read_two_together(
    server: RedisServer, jpegs: list[bytes], test_data: Path
) -> None:
    arguments = ("--models", str(test_data / "models"))
    async with bench(server, TASK, jpegs, [0], *arguments) as made:
        capacity = await made.capacity(6)
    await asyncio.sleep(1)
    async with bench(server, TASK, jpegs, [0, 1], *arguments) as made:
        offered, rate = await measure(made, 2 * capacity)
    print(f"two workers: {offered:.2f} at {rate / capacity:.2f} times the capacity of one")
    assert abs(offered - rate / capacity) < 0.2


async def test_garbage_at_ten_times_the_rate_hardly_moves_it(
    server: RedisServer, jpegs: list[bytes], test_data: Path
) -> None:
    arguments = ("--models", str(test_data / "models"))
    async with bench(server, TASK, jpegs, [0], *arguments) as made:
        capacity = await made.capacity(6)
        rate = capacity / 4
        clean, _ = await measure(made, rate)
        garbage = asyncio.create_task(throw_garbage(made, 10 * rate, WINDOW + 5))
        dirty, _ = await measure(made, rate)
        await garbage
    print(f"clean {clean:.3f}, with garbage {dirty:.3f}")
    assert abs(dirty - clean) < 0.05


async def throw_garbage(made: Bench, fps: float, seconds: float) -> None:
    """Push invalid frames in bursts, twenty times a second."""
    burst = max(1, round(fps / 20))
    for _ in range(round(seconds * 20)):
        await made.redis.rpush(f"queue_{TASK}", *[b"\xc1 not a frame"] * burst)
        await asyncio.sleep(0.05)
