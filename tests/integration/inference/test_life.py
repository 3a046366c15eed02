"""A worker's life: it starts or says why not, outlives its Redis, and leaves nothing undone."""

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

#: Nothing here is about freshness, and a busy machine may take its time.
PATIENT = ("--freshness", "60")
STUB = ("--model", "stub:slots=2,ms=50", *PATIENT)


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


async def books(redis: Redis) -> Ledger:
    ledger = await FrameQueue(redis, "face").sweep()
    assert ledger.total.error == 0
    return ledger


@pytest.mark.parametrize(
    ("flags", "variables", "says"),
    [
        (("--freshness", "soon"), {}, "--freshness='soon': write a number"),
        ((), {"EI_FRESHNES": "1"}, "did you mean EI_FRESHNESS?"),
        ((), {"EI_QUEUE_PASSWORD_FILE": "/nowhere"}, "EI_QUEUE_PASSWORD_FILE"),
        (("--job-share", "1.5"), {}, "the largest allowed value is 1"),
    ],
)
async def test_a_wrong_setting_ends_the_worker_with_one_line(
    flags: tuple[str, ...], variables: dict[str, str], says: str
) -> None:
    code, said = await run_to_end(*STUB, "--metrics-port", "0", *flags, **variables)
    assert code == ExitCode.SETTINGS
    assert says in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "flags",
    [
        ("--task", "no-such-task"),
        ("--model", "no-such-model/INT8"),
        ("--model", "stub:slots=none"),
    ],
)
async def test_a_model_that_is_not_there_ends_the_worker_with_one_line(
    flags: tuple[str, ...],
) -> None:
    code, said = await run_to_end("--metrics-port", "0", *flags)
    assert code == ExitCode.MODEL
    (line,) = said.splitlines()
    assert json.loads(line)["level"] == "error"


async def test_a_taken_port_ends_the_worker_with_one_line() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        code, said = await run_to_end(
            *STUB, "--metrics-port", str(port), "--queue-port", str(free_port())
        )
    assert code == ExitCode.PORT
    (line,) = [line for line in said.splitlines() if json.loads(line)["level"] == "error"]
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in line


async def test_a_worker_that_finds_no_redis_waits_for_it(
    short_folder: Path, redis_binary: str
) -> None:
    server = RedisServer(short_folder, binary=redis_binary)
    async with worker_process(server, *STUB) as worker:
        await until_true(worker.alive, 30)
        ready, waits_for = await worker.readiness()
        assert not ready
        assert set(waits_for) <= {"redis", "start"}

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


async def test_a_worker_that_finds_no_redis_leaves_when_asked_to(short_folder: Path) -> None:
    async with worker_process(RedisServer(short_folder), *STUB) as worker:
        await until_true(worker.alive, 30)
        worker.process.terminate()
        assert await worker.process.wait() == ExitCode.OK


async def test_sigterm_lets_a_worker_finish_what_it_holds(redis_server: RedisServer) -> None:
    redis = connect(redis_server.settings, name="test")
    async with worker_process(redis_server, "--model", "stub:slots=2,ms=300", *PATIENT) as worker:
        await ready_worker(worker)
        await push(redis, 20)

        async def at_work() -> bool:
            return (await books(redis)).total.in_flight > 2

        await until_true(at_work)
        worker.process.terminate()
        assert await worker.process.wait() == ExitCode.OK
    total = (await books(redis)).total
    await redis.aclose()
    assert total.inferred > 2
    assert (total.in_flight, total.lost, total.dropped) == (0, 0, {})
    assert total.queued == 20 - total.inferred


async def test_a_worker_that_leaves_says_first_that_it_is_not_ready(
    redis_server: RedisServer,
) -> None:
    redis = connect(redis_server.settings, name="test")
    async with worker_process(redis_server, "--model", "stub:slots=1,ms=500", *PATIENT) as worker:
        await ready_worker(worker)
        await push(redis, 3)

        async def at_work() -> bool:
            total = (await books(redis)).total
            return total.in_flight > 0 and total.queued == 0

        async def leaving() -> bool:
            return "stop" in (await worker.readiness())[1]

        await until_true(at_work)
        worker.process.terminate()
        await until_true(leaving)
        assert await worker.process.wait() == ExitCode.OK
    assert (await books(redis)).total.inferred == 3
    await redis.aclose()


async def test_a_second_signal_ends_a_worker_at_once(redis_server: RedisServer) -> None:
    redis = connect(redis_server.settings, name="test")
    async with worker_process(redis_server, "--model", "stub:slots=1,ms=3000", *PATIENT) as worker:
        await ready_worker(worker)
        await push(redis, 3)

        async def at_work() -> bool:
            total = (await books(redis)).total
            return total.in_flight > 0 and total.queued == 0

        async def leaving() -> bool:
            return "stop" in (await worker.readiness())[1]

        await until_true(at_work)
        worker.process.terminate()
        await until_true(leaving)
        worker.process.terminate()
        assert await worker.process.wait() == -signal.SIGTERM
    await redis.aclose()


async def test_a_worker_outlives_a_redis_that_lost_everything(redis_server: RedisServer) -> None:
    redis = connect(redis_server.settings, name="test")
    async with worker_process(redis_server, *STUB) as worker:
        await ready_worker(worker)
        await push(redis, 30)

        async def at_work() -> bool:
            return (await books(redis)).total.inferred > 4

        await until_true(at_work)
        before = await books(redis)
        redis_server.stop()

        async def down() -> bool:
            return "redis" in (await worker.readiness())[1]

        await until_true(down)
        redis_server.start()
        await redis.connection_pool.disconnect()
        await ready_worker(worker)
        await push(redis, 10, epoch=2)

        async def worked_off() -> bool:
            return (await books(redis)).total.inferred == 10

        await until_true(worked_off)
        after = await books(redis)
        assert after.id != before.id
        assert (after.total.pushed, after.total.in_flight) == (10, 0)
        assert worker.process.returncode is None
        assert await worker.sample("ei_leases_lost_total") == 1
        worker.process.terminate()
        assert await worker.process.wait() == ExitCode.OK
    await redis.aclose()
