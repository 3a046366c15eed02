"""The job client returns a result, or raises the reason why there is none."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.pipeline import redis_script
from apps.pipeline.job_queue.job_client import JobClient
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.messages.job import Job
from apps.pipeline.redis_script import ScriptCall
from apps.runtime import cancellation
from apps.runtime.errors import JobError, JobReason, WireError
from tests.support.jobs import RESULT, make_job, stats, submit, until

Answer = Callable[[JobConsumer, Job], None]


def succeed(consumer: JobConsumer, job: Job) -> None:
    consumer.done(job, RESULT)


@asynccontextmanager
async def working(
    redis: Redis, answer: Answer = succeed, settings: JobSettings | None = None
) -> AsyncIterator[JobConsumer]:
    """A worker that answers every job, in the background."""
    consumer = JobConsumer(redis, "face", settings)

    async def work() -> None:
        while True:
            for job in await consumer.take(4):
                answer(consumer, job)
            await consumer.take(0)
            cancellation.heed()
            await asyncio.sleep(0.002)

    task = asyncio.create_task(work())
    try:
        yield consumer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def client(any_redis: Redis) -> AsyncIterator[JobClient]:
    client = JobClient(any_redis)
    yield client
    await client.close()


async def refusal(call: Awaitable[Any]) -> JobError:
    with pytest.raises(JobError) as caught:
        await call
    return caught.value


async def test_a_submitted_picture_is_answered_with_its_result(
    any_redis: Redis, client: JobClient
) -> None:
    async with working(any_redis):
        assert await client.submit("face", b"jpeg", 10) == RESULT
    assert (await stats(any_redis)).counts["done"] == 1


async def test_every_caller_gets_the_reply_to_its_job(any_redis: Redis, client: JobClient) -> None:
    def echo(consumer: JobConsumer, job: Job) -> None:
        consumer.fail(job, JobReason.FAILED, job.data.decode())

    async with working(any_redis, echo):
        calls = [refusal(client.submit("face", str(n).encode(), 30)) for n in range(100)]
        errors = await asyncio.gather(*calls)
    assert [str(error) for error in errors] == [str(n) for n in range(100)]


async def test_a_hundred_waiting_callers_use_few_connections(real_redis: Redis) -> None:
    client = JobClient(real_redis)
    calls = [asyncio.create_task(client.submit("face", b"jpeg", 30)) for _ in range(100)]

    async def all_wait() -> bool:
        return (await stats(real_redis)).waiting == 100

    await until(all_wait)
    assert len(await real_redis.client_list()) <= 8
    async with working(real_redis):
        assert await asyncio.gather(*calls) == [RESULT] * 100
    await client.close()


async def test_a_failure_has_its_reason_and_no_retry_time(
    any_redis: Redis, client: JobClient
) -> None:
    def refuse(consumer: JobConsumer, job: Job) -> None:
        consumer.fail(job, JobReason.UNDECODABLE, "a truncated JPEG")

    async with working(any_redis, refuse):
        error = await refusal(client.submit("face", b"jpeg", 10))
    assert (error.reason, str(error)) == (JobReason.UNDECODABLE, "a truncated JPEG")
    assert error.retry_after is None


async def test_a_poison_job_is_answered_after_its_last_attempt(
    any_redis: Redis, client: JobClient
) -> None:
    def stumble(consumer: JobConsumer, job: Job) -> None:
        consumer.retry(job, "the device was lost")

    async with working(any_redis, stumble):
        error = await refusal(client.submit("face", b"jpeg", 10))
    assert (error.reason, str(error)) == (JobReason.POISON, "the device was lost")


async def test_without_a_worker_the_caller_gets_no_worker_at_the_deadline(
    any_redis: Redis, client: JobClient
) -> None:
    error = await refusal(client.submit("face", b"jpeg", 0.05))
    assert error.reason is JobReason.NO_WORKER
    assert error.retry_after is not None
    found = await stats(any_redis)
    assert (found.waiting, found.counts["expired"]) == (0, 1)


async def test_a_worker_that_starts_before_the_deadline_answers_the_job(
    any_redis: Redis, client: JobClient
) -> None:
    call = asyncio.create_task(client.submit("face", b"jpeg", 30))

    async def waits() -> bool:
        return (await stats(any_redis)).waiting == 1

    await until(waits)
    async with working(any_redis):
        assert await call == RESULT


async def test_a_worker_that_is_too_slow_causes_a_timeout(
    any_redis: Redis, client: JobClient
) -> None:
    consumer = JobConsumer(any_redis, "face")
    await consumer.take(0)
    error = await refusal(client.submit("face", b"jpeg", 0.05))
    assert error.reason is JobReason.TIMED_OUT
    assert error.retry_after is not None
    assert await consumer.take(1) == []


async def test_a_job_that_a_sweep_expired_is_a_timeout(any_redis: Redis, client: JobClient) -> None:
    await JobConsumer(any_redis, "face").take(0)
    call = asyncio.create_task(refusal(client.submit("face", b"jpeg", 0.1)))

    async def swept() -> bool:
        await stats(any_redis)
        return call.done()

    await until(swept)
    assert call.result().reason is JobReason.TIMED_OUT
    assert (await stats(any_redis)).counts["expired"] == 1


async def test_a_full_queue_makes_the_producer_wait_until_there_is_space(any_redis: Redis) -> None:
    settings = JobSettings(jobs_items=2)
    client = JobClient(any_redis, settings)
    calls = [asyncio.create_task(client.submit("face", b"jpeg", 30)) for _ in range(20)]

    async def full() -> bool:
        return (await stats(any_redis)).waiting == 2

    await until(full)
    async with working(any_redis, settings=settings):
        assert await asyncio.gather(*calls) == [RESULT] * 20
    await client.close()


async def test_a_queue_that_is_full_until_the_deadline_is_reported_as_full(
    any_redis: Redis,
) -> None:
    settings = JobSettings(jobs_items=1)
    client = JobClient(any_redis, settings)
    await submit(any_redis, await make_job(any_redis), settings)
    await JobConsumer(any_redis, "face").take(0)
    error = await refusal(client.submit("face", b"jpeg", 0.05))
    assert (error.reason, error.retry_after) == (JobReason.FULL, 1.0)
    assert (await stats(any_redis)).counts == {"submitted": 1}
    await client.close()


async def test_a_full_queue_of_one_task_does_not_block_another_task(any_redis: Redis) -> None:
    client = JobClient(any_redis, JobSettings(jobs_items=1))
    blocked = [asyncio.create_task(client.submit("car", b"jpeg", 30)) for _ in range(9)]
    async with working(any_redis):
        assert await client.submit("face", b"jpeg", 10) == RESULT
    for call in blocked:
        call.cancel()
    await asyncio.gather(*blocked, return_exceptions=True)
    await client.close()


async def test_expired_jobs_free_their_space(any_redis: Redis) -> None:
    settings = JobSettings(jobs_items=1)
    client = JobClient(any_redis, settings)
    leftover = await make_job(any_redis, seconds=0.1)
    assert await submit(any_redis, leftover, settings) == "accepted"
    call = asyncio.create_task(client.submit("face", b"jpeg", 30))

    async def accepted() -> bool:
        return await any_redis.hget("{jobs_face}:books", "submitted") == b"2"

    await until(accepted)
    async with working(any_redis, settings=settings):
        assert await call == RESULT
    await client.close()


async def test_a_job_that_is_too_large_is_refused_at_once(any_redis: Redis) -> None:
    client = JobClient(any_redis, JobSettings(job_bytes=1024))
    error = await refusal(client.submit("face", b"x" * 2000, 30))
    assert error.reason is JobReason.TOO_LARGE
    assert "1024" in str(error)
    await client.close()


async def test_a_cancelled_caller_withdraws_its_job(any_redis: Redis, client: JobClient) -> None:
    call = asyncio.create_task(client.submit("face", b"jpeg", 30))

    async def waits() -> bool:
        return (await stats(any_redis)).waiting == 1

    await until(waits)
    call.cancel()

    async def withdrawn() -> bool:
        return (await stats(any_redis)).counts.get("withdrawn") == 1

    await until(withdrawn)
    assert call.cancelled()


async def test_a_submission_whose_answer_was_lost_is_executed_once(
    any_redis: Redis, client: JobClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = redis_script.run_together
    lost = 0

    async def lossy(redis: Redis, calls: Sequence[ScriptCall]) -> list[Any]:
        nonlocal lost
        answer = await real(redis, calls)
        if lost < 2:
            lost += 1
            raise RedisConnectionError("the answer was lost")
        return answer

    monkeypatch.setattr(redis_script, "run_together", lossy)
    call = asyncio.create_task(client.submit("face", b"jpeg", 30))

    async def answered() -> bool:
        return lost == 2 and (await stats(any_redis)).waiting == 1

    await until(answered)
    async with working(any_redis):
        assert await call == RESULT
    assert (await stats(any_redis)).counts == {"submitted": 1, "done": 1}


async def test_a_reply_whose_delivery_was_lost_is_read_again(
    any_redis: Redis, client: JobClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = any_redis.xread
    lost = 0

    async def lossy(*arguments: Any, **options: Any) -> Any:
        nonlocal lost
        answer = await real(*arguments, **options)
        if answer and lost < 3:
            lost += 1
            raise RedisConnectionError("the answer was lost")
        return answer

    monkeypatch.setattr(any_redis, "xread", lossy)
    async with working(any_redis):
        assert await client.submit("face", b"jpeg", 30) == RESULT
    assert lost == 3


async def test_jobs_are_submitted_again_when_redis_lost_its_data(
    any_redis: Redis, client: JobClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [asyncio.create_task(client.submit("face", b"jpeg", 30)) for _ in range(5)]

    async def all_wait() -> bool:
        return (await stats(any_redis)).waiting == 5

    await until(all_wait)
    real = any_redis.xread

    async def breaks(*_: Any, **__: Any) -> Any:
        monkeypatch.setattr(any_redis, "xread", real)
        raise RedisConnectionError("connection reset")

    await any_redis.flushall()
    monkeypatch.setattr(any_redis, "xread", breaks)
    async with working(any_redis):
        assert await asyncio.gather(*calls) == [RESULT] * 5


async def test_a_redis_that_does_not_answer_is_reported_as_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_: Any) -> Any:
        raise RedisConnectionError("connection refused")

    redis = Redis(unix_socket_path="/nowhere")
    client = JobClient(redis)
    monkeypatch.setattr(redis_script, "run_together", refuse)
    monkeypatch.setattr(redis, "time", refuse)
    error = await refusal(client.submit("face", b"jpeg", 0.05))
    assert (error.reason, error.retry_after) == (JobReason.UNREACHABLE, 5.0)
    await client.close()
    await redis.aclose()


async def test_a_deadline_is_kept_even_if_its_cancellation_was_swallowed(
    any_redis: Redis, client: JobClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(_: Redis, __: Sequence[ScriptCall]) -> list[Any]:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        monkeypatch.undo()
        raise RedisConnectionError("cancelled in the wrong moment")

    monkeypatch.setattr(redis_script, "run_together", deaf)
    error = await refusal(client.submit("face", b"jpeg", 0.05))
    assert error.reason is JobReason.UNREACHABLE
    assert (await stats(any_redis)).counts == {}


async def test_an_invalid_task_name_is_refused(client: JobClient) -> None:
    with pytest.raises(WireError):
        await client.submit("No Task", b"jpeg", 1)
