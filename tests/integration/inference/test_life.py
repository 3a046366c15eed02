"""Life cycle of a worker: start, errors at start, Redis failures, and a clean stop."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

import pytest
from redis.asyncio import Redis

from apps.local.redis_server import RedisServer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.ledger import Ledger
from apps.pipeline.messages import Frame
from apps.runtime.clock import RedisClock
from apps.runtime.connection import connect
from apps.runtime.service import ExitCode
from tests.integration.inference.worker_process import (
    free_port,
    ready_worker,
    run_to_end,
    worker_process,
)
from tests.support.pictures import header_jpeg
from tests.support.waiting import until_true

#: Freshness does not matter in these tests, and a busy machine may be slow.
RELAXED = ("--freshness", "60")
STUB = ("--model", "stub:slots=2,ms=50", *RELAXED)


async def push(redis: Redis, count: int, *, epoch: int = 1) -> None:
    queue, clock = FrameQueue(redis, "face"), RedisClock()
    await clock.synchronise(redis)
    for sequence in range(count):
        await queue.push(
            Frame(
                name="hall", category="face", data=header_jpeg(64, 48), sequence=sequence,
                epoch=epoch, captured_at=clock.now(),
            )
        )  # fmt: skip


async def ledger_of(redis: Redis) -> Ledger:
    ledger = await FrameQueue(redis, "face").sweep()
    assert ledger.total.error == 0
    return ledger


@pytest.mark.parametrize(
    ("flags", "variables", "text"),
    [
        (("--freshness", "soon"), {}, "--freshness='soon': write a number"),
        ((), {"EI_FRESHNES": "1"}, "did you mean EI_FRESHNESS?"),
        ((), {"EI_QUEUE_PASSWORD_FILE": "/nowhere"}, "EI_QUEUE_PASSWORD_FILE"),
        (("--job-share", "1.5"), {}, "the largest allowed value is 1"),
    ],
)
async def test_a_wrong_setting_ends_the_worker_with_one_line(
    flags: tuple[str, ...], variables: dict[str, str], text: str
) -> None:
    code, errors = await run_to_end(*STUB, "--metrics-port", "0", *flags, **variables)
    assert code == ExitCode.SETTINGS
    assert text in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    "flags",
    [
        ("--task", "no-such-task"),
        ("--model", "no-such-model/INT8"),
        ("--model", "stub:slots=none"),
    ],
)
async def test_a_missing_model_ends_the_worker_with_one_line(
    flags: tuple[str, ...],
) -> None:
    code, errors = await run_to_end("--metrics-port", "0", *flags)
    assert code == ExitCode.MODEL
    (line,) = errors.splitlines()
    assert json.loads(line)["level"] == "error"


async def test_a_used_port_ends_the_worker_with_one_line() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        code, errors = await run_to_end(
            *STUB, "--metrics-port", str(port), "--queue-port", str(free_port())
        )
    assert code == ExitCode.PORT
    (line,) = [line for line in errors.splitlines() if json.loads(line)["level"] == "error"]
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in line


async def test_a_worker_waits_for_redis_at_start(short_folder: Path, redis_binary: str) -> None:
    server = RedisServer(short_folder, binary=redis_binary)
    async with worker_process(server, *STUB) as worker:
        await until_true(worker.alive, 30)
        ready, reasons = await worker.readiness()
        assert not ready
        assert set(reasons) <= {"redis", "start"}

        async def waits_for_redis() -> bool:
            return "redis" in (await worker.readiness())[1]

        await until_true(waits_for_redis)
        assert await worker.sample("ei_redis_up") == 0
        server.start()
        try:
            await ready_worker(worker)
            assert worker.process.returncode is None
            assert await worker.sample("ei_redis_up") == 1
        finally:
            server.stop()


async def test_a_worker_that_waits_for_redis_stops_on_sigterm(short_folder: Path) -> None:
    async with worker_process(RedisServer(short_folder), *STUB) as worker:
        await until_true(worker.alive, 30)
        worker.process.terminate()
        assert await worker.process.wait() == ExitCode.OK


async def test_a_worker_finishes_its_work_on_sigterm(redis_server: RedisServer) -> None:
    redis = connect(redis_server.settings, name="test")
    async with worker_process(redis_server, "--model", "stub:slots=2,ms=300", *RELAXED) as worker:
        await ready_worker(worker)
        await push(redis, 20)

        async def working() -> bool:
            return (await ledger_of(redis)).total.in_flight > 2

        await until_true(working)
        worker.process.terminate()
        assert await worker.process.wait() == ExitCode.OK
    total = (await ledger_of(redis)).total
    await redis.aclose()
    assert total.inferred > 2
    assert (total.in_flight, total.lost, total.dropped) == (0, 0, {})
    assert total.queued == 20 - total.inferred


async def test_a_stopping_worker_is_not_ready(
    redis_server: RedisServer,
) -> None:
    redis = connect(redis_server.settings, name="test")
    async with worker_process(redis_server, "--model", "stub:slots=1,ms=500", *RELAXED) as worker:
        await ready_worker(worker)
        await push(redis, 3)

        async def working() -> bool:
            total = (await ledger_of(redis)).total
            return total.in_flight > 0 and total.queued == 0

        async def stopping() -> bool:
            return "stop" in (await worker.readiness())[1]

        await until_true(working)
        worker.process.terminate()
        await until_true(stopping)
        assert await worker.process.wait() == ExitCode.OK
    assert (await ledger_of(redis)).total.inferred == 3
    await redis.aclose()


async def test_a_second_signal_ends_a_worker_at_once(redis_server: RedisServer) -> None:
    redis = connect(redis_server.settings, name="test")
    async with worker_process(redis_server, "--model", "stub:slots=1,ms=3000", *RELAXED) as worker:
        await ready_worker(worker)
        await push(redis, 3)

        async def working() -> bool:
            total = (await ledger_of(redis)).total
            return total.in_flight > 0 and total.queued == 0

        async def stopping() -> bool:
            return "stop" in (await worker.readiness())[1]

        await until_true(working)
        worker.process.terminate()
        await until_true(stopping)
        worker.process.terminate()
        assert await worker.process.wait() == -signal.SIGTERM
    await redis.aclose()


async def test_a_worker_continues_after_redis_lost_its_data(redis_server: RedisServer) -> None:
    redis = connect(redis_server.settings, name="test")
    async with worker_process(redis_server, *STUB) as worker:
        await ready_worker(worker)
        await push(redis, 30)

        async def working() -> bool:
            return (await ledger_of(redis)).total.inferred > 4

        await until_true(working)
        before = await ledger_of(redis)
        redis_server.stop()

        async def down() -> bool:
            return "redis" in (await worker.readiness())[1]

        await until_true(down)
        redis_server.start()
        await redis.connection_pool.disconnect()
        await ready_worker(worker)
        await push(redis, 10, epoch=2)

        async def all_inferred() -> bool:
            return (await ledger_of(redis)).total.inferred == 10

        await until_true(all_inferred)
        after = await ledger_of(redis)
        assert after.id != before.id
        assert (after.total.pushed, after.total.in_flight) == (10, 0)
        assert worker.process.returncode is None
        assert await worker.sample("ei_leases_lost_total") == 1
        worker.process.terminate()
        assert await worker.process.wait() == ExitCode.OK
    await redis.aclose()
