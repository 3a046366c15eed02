"""Hostile input is dropped with its reason, counted for its stream, and never stops a worker."""

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


def minimal_frame(name: object, data: object, category: object = "face") -> bytes:
    return wire.encode({"name": name, "category": category, "data": data})


#: Pushed data, the stream it counts for, and the drop reason.
HOSTILE = [
    (b"\xc1 invalid MessagePack", "unknown", "malformed"),
    (b"", "unknown", "malformed"),
    (wire.encode(["name", "category", "data"]), "unknown", "malformed"),
    (minimal_frame("typed", 7), "typed", "malformed"),
    (minimal_frame("typed", "text"), "typed", "malformed"),
    (minimal_frame(7, b""), "unknown", "malformed"),
    (minimal_frame("wrong-task", grey_jpeg(), "car"), "wrong-task", "wrong_task"),
    (minimal_frame("empty", b""), "empty", "undecodable"),
    (minimal_frame("truncated", grey_jpeg()[:-60]), "truncated", "undecodable"),
    (minimal_frame("noise", bytes(range(256)) * 40), "noise", "undecodable"),
    (minimal_frame("bomb", header_jpeg(30_000, 30_000)), "bomb", "too_large"),
    (minimal_frame("wrong-size", header_jpeg(640, 480)), "wrong-size", "undecodable"),
]


@pytest.fixture
async def open_redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    """A Redis without the project's limit on the size of values."""
    client = connect(redis_server.settings, name="test", timeout=30)
    await client.config_set("proto-max-bulk-len", str(512 * MEGABYTE))
    yield client
    await client.aclose()


async def ledger_of(redis: Redis) -> Ledger:
    ledger = await FrameQueue(redis, "face").sweep()
    assert ledger.total.error == 0
    return ledger


async def idle_ledger(redis: Redis) -> Ledger:
    async def idle() -> bool:
        total = (await ledger_of(redis)).total
        return total.queued == total.in_flight == 0

    await until_true(idle)
    return await ledger_of(redis)


async def check_worker(redis: Redis, worker: WorkerProcess) -> None:
    """Check that the worker process still infers a valid frame."""
    before = (await ledger_of(redis)).total.inferred
    await redis.rpush("queue_face", minimal_frame("valid", grey_jpeg()))

    async def inferred() -> bool:
        return (await ledger_of(redis)).total.inferred == before + 1

    await until_true(inferred)
    assert worker.process.returncode is None
    assert await worker.ready()


async def test_each_kind_of_hostile_input_is_dropped_with_its_reason(
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
        assert (await idle_ledger(open_redis)).streams == expected
        for reason in ("malformed", "wrong_task", "undecodable", "too_large"):
            count = sum(wanted == reason for _, _, wanted in HOSTILE)
            assert await worker.sample("ei_frames_total", outcome=reason) == count
        assert await worker.sample("ei_frames_claimed_total") == 0
        await check_worker(open_redis, worker)


async def test_a_frame_of_fifty_megabytes_is_dropped_in_redis(
    redis_server: RedisServer, open_redis: Redis
) -> None:
    before = (await open_redis.info("memory"))["used_memory"]
    async with worker_process(redis_server, "--model", "haar-frontal-face") as worker:
        await ready_worker(worker)
        await open_redis.rpush("queue_face", minimal_frame("huge", bytes(50 * MEGABYTE)))
        ledger = await idle_ledger(open_redis)
        assert ledger.streams["huge"] == StreamLedger(pushed=1, dropped={"too_large": 1})
        await check_worker(open_redis, worker)
    await open_redis.connection_pool.disconnect()
    assert (await open_redis.info("memory"))["used_memory"] < before + 8 * MEGABYTE


async def test_the_configured_redis_refuses_a_frame_of_fifty_megabytes(real_redis: Redis) -> None:
    with pytest.raises(RedisError):
        await real_redis.rpush("queue_face", minimal_frame("huge", bytes(50 * MEGABYTE)))
    await real_redis.connection_pool.disconnect()
    assert (await FrameQueue(real_redis, "face").sweep()).total == StreamLedger()


async def test_a_worker_recovers_from_a_queue_key_of_the_wrong_type(
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
        await check_worker(open_redis, worker)


async def test_many_invalid_frames_are_bounded_and_valid_frames_pass(
    redis_server: RedisServer, open_redis: Redis
) -> None:
    async with worker_process(redis_server, "--model", "haar-frontal-face") as worker:
        await ready_worker(worker)
        await asyncio.gather(
            *(open_redis.rpush("queue_face", *[b"\x00" * 100] * 500) for _ in range(10))
        )
        ledger = await idle_ledger(open_redis)
        assert ledger.streams["unknown"].pushed == 5000
        assert ledger.streams["unknown"].dropped.keys() == {"malformed", "overflow"}
        await check_worker(open_redis, worker)
