"""Hostile input is dropped under its name, shown for its stream, and never stops a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from apps.local.redis_server import RedisServer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.ledger import Ledger, StreamLedger
from apps.pipeline.messages import wire
from apps.runtime.connection import connect
from tests.integration.inference.worker_process import WorkerProcess, ready_worker, worker_process
from tests.support.pictures import grey_jpeg, header_jpeg
from tests.support.waiting import until_true

MEGABYTE = 1 << 20


def old_frame(name: object, data: object, category: object = "face") -> bytes:
    return wire.encode({"name": name, "category": category, "data": data})


#: What is pushed, the stream that is charged for it, and the reason.
HOSTILE = [
    (b"\xc1 is no MessagePack", "unknown", "malformed"),
    (b"", "unknown", "malformed"),
    (wire.encode(["name", "category", "data"]), "unknown", "malformed"),
    (old_frame("typed", 7), "typed", "malformed"),
    (old_frame("typed", "text"), "typed", "malformed"),
    (old_frame(7, b""), "unknown", "malformed"),
    (old_frame("astray", grey_jpeg(), "car"), "astray", "wrong_task"),
    (old_frame("empty", b""), "empty", "undecodable"),
    (old_frame("torn", grey_jpeg()[:-60]), "torn", "undecodable"),
    (old_frame("noise", bytes(range(256)) * 40), "noise", "undecodable"),
    (old_frame("bomb", header_jpeg(30_000, 30_000)), "bomb", "too_large"),
    (old_frame("lies", header_jpeg(640, 480)), "lies", "undecodable"),
]


@pytest.fixture
async def open_redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    """A Redis that takes values of any size, as one that was not set up by us."""
    client = connect(redis_server.settings, name="test", timeout=30)
    await client.config_set("proto-max-bulk-len", str(512 * MEGABYTE))
    yield client
    await client.aclose()


async def books(redis: Redis) -> Ledger:
    ledger = await FrameQueue(redis, "face").sweep()
    assert ledger.total.error == 0
    return ledger


async def at_rest(redis: Redis) -> Ledger:
    async def nothing_under_way() -> bool:
        total = (await books(redis)).total
        return total.queued == total.in_flight == 0

    await until_true(nothing_under_way)
    return await books(redis)


async def still_works(redis: Redis, worker: WorkerProcess) -> None:
    """A good frame is inferred by the process that was there from the start."""
    before = (await books(redis)).total.inferred
    await redis.rpush("queue_face", old_frame("good", grey_jpeg()))

    async def inferred() -> bool:
        return (await books(redis)).total.inferred == before + 1

    await until_true(inferred)
    assert worker.process.returncode is None
    assert await worker.ready()


async def test_each_kind_of_hostile_input_is_dropped_under_its_name(
    redis_server: RedisServer, open_redis: Redis
) -> None:
    expected: dict[str, StreamLedger] = {}
    for _, stream, reason in HOSTILE:
        account = expected.setdefault(stream, StreamLedger())
        account.add(StreamLedger(pushed=1, dropped={reason: 1}))
    async with worker_process(redis_server, "--model", "haar-frontal-face") as worker:
        await ready_worker(worker)
        for data, _, _ in HOSTILE:
            await open_redis.rpush("queue_face", data)
        assert (await at_rest(open_redis)).streams == expected
        for reason in ("malformed", "wrong_task", "undecodable", "too_large"):
            count = sum(wanted == reason for _, _, wanted in HOSTILE)
            assert await worker.sample("ei_frames_total", outcome=reason) == count
        assert await worker.sample("ei_frames_claimed_total") == 0
        await still_works(open_redis, worker)


async def test_fifty_megabytes_are_dropped_before_a_worker_sees_them(
    redis_server: RedisServer, open_redis: Redis
) -> None:
    before = (await open_redis.info("memory"))["used_memory"]
    async with worker_process(redis_server, "--model", "haar-frontal-face") as worker:
        await ready_worker(worker)
        await open_redis.rpush("queue_face", old_frame("huge", bytes(50 * MEGABYTE)))
        ledger = await at_rest(open_redis)
        assert ledger.streams["huge"] == StreamLedger(pushed=1, dropped={"too_large": 1})
        await still_works(open_redis, worker)
    await open_redis.connection_pool.disconnect()
    assert (await open_redis.info("memory"))["used_memory"] < before + 8 * MEGABYTE


async def test_our_own_redis_refuses_fifty_megabytes_at_the_door(real_redis: Redis) -> None:
    with pytest.raises(RedisError):
        await real_redis.rpush("queue_face", old_frame("huge", bytes(50 * MEGABYTE)))
    await real_redis.connection_pool.disconnect()
    assert (await FrameQueue(real_redis, "face").sweep()).total == StreamLedger()


async def test_a_queue_that_is_no_list_stops_nobody_for_good(
    redis_server: RedisServer, open_redis: Redis
) -> None:
    async with worker_process(redis_server, "--model", "haar-frontal-face") as worker:
        await ready_worker(worker)
        await open_redis.set("queue_face", "not a list")

        async def not_ready() -> bool:
            return "redis" in (await worker.readiness())[1]

        await until_true(not_ready)
        await open_redis.delete("queue_face")
        await ready_worker(worker)
        await still_works(open_redis, worker)


async def test_a_flood_of_garbage_is_bounded_and_good_frames_pass(
    redis_server: RedisServer, open_redis: Redis
) -> None:
    async with worker_process(redis_server, "--model", "haar-frontal-face") as worker:
        await ready_worker(worker)
        await asyncio.gather(
            *(open_redis.rpush("queue_face", *[b"\x00" * 100] * 500) for _ in range(10))
        )
        ledger = await at_rest(open_redis)
        assert ledger.streams["unknown"].pushed == 5000
        assert ledger.streams["unknown"].dropped.keys() == {"malformed", "overflow"}
        await still_works(open_redis, worker)
