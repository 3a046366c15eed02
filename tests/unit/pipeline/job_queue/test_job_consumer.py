"""Workers get each job at least once and end it exactly once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.pipeline import redis_script
from apps.pipeline.job_queue.dead_letters import DeadLetters
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.job_queue import submit_call
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.messages.job import Job
from apps.pipeline.redis_script import ScriptCall
from apps.runtime.errors import JobReason
from tests.support.jobs import (
    RESULT,
    make_job,
    orphan,
    read_replies,
    redis_now,
    stats,
    submit,
    until,
    withdraw,
)


async def put(redis: Redis, count: int = 1) -> list[Job]:
    jobs = [await make_job(redis, data=bytes([n])) for n in range(count)]
    for job in jobs:
        assert await submit(redis, job) == "accepted"
    return jobs


def worker(redis: Redis) -> JobConsumer:
    return JobConsumer(redis, "face")


@pytest.fixture
def lose_answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Execute the next script calls, but lose their answer."""
    real = redis_script.run_together

    def arm() -> None:
        async def lossy(redis: Redis, calls: Sequence[ScriptCall]) -> list[Any]:
            monkeypatch.setattr(redis_script, "run_together", real)
            await real(redis, calls)
            raise RedisConnectionError("the answer was lost")

        monkeypatch.setattr(redis_script, "run_together", lossy)

    return arm


async def test_a_job_is_taken_unchanged_with_its_first_attempt(any_redis: Redis) -> None:
    (job,) = await put(any_redis)
    (taken,) = await worker(any_redis).take(4)
    assert (taken.id, taken.data, taken.deadline_at) == (job.id, job.data, job.deadline_at)
    assert taken.attempts == 1


async def test_take_returns_the_oldest_jobs_and_no_more_than_wanted(any_redis: Redis) -> None:
    jobs = await put(any_redis, 5)
    consumer = worker(any_redis)
    assert [job.id for job in await consumer.take(2)] == [job.id for job in jobs[:2]]
    assert [job.id for job in await consumer.take(2)] == [job.id for job in jobs[2:4]]
    found = await stats(any_redis)
    assert (found.in_progress, found.waiting) == (4, 1)


async def test_take_on_an_empty_queue_returns_no_job(any_redis: Redis) -> None:
    assert await worker(any_redis).take(4) == []


async def test_two_workers_never_hold_the_same_job(any_redis: Redis) -> None:
    jobs = await put(any_redis, 6)
    one, two = worker(any_redis), worker(any_redis)
    taken = [*await one.take(3), *await two.take(9)]
    assert sorted(job.id for job in taken) == sorted(job.id for job in jobs)


async def test_a_job_that_is_done_is_answered_and_removed(any_redis: Redis) -> None:
    (job,) = await put(any_redis)
    consumer = worker(any_redis)
    (taken,) = await consumer.take(1)
    consumer.done(taken, RESULT)
    await consumer.take(0)
    (reply,) = (await read_replies(any_redis))[job.id]
    assert reply.result == RESULT
    assert consumer.counts == {"done": 1}
    found = await stats(any_redis)
    assert (found.waiting, found.in_progress, found.bytes) == (0, 0, 0)
    assert await any_redis.xlen("jobs_face") == 0
    assert (await any_redis.xpending("jobs_face", "workers"))["pending"] == 0


async def test_a_failed_job_is_answered_with_the_reason(any_redis: Redis) -> None:
    (job,) = await put(any_redis)
    consumer = worker(any_redis)
    (taken,) = await consumer.take(1)
    consumer.fail(taken, JobReason.UNDECODABLE, "a truncated JPEG")
    await consumer.take(0)
    (reply,) = (await read_replies(any_redis))[job.id]
    assert (reply.result, reply.reason, reply.error) == (
        None, JobReason.UNDECODABLE, "a truncated JPEG",
    )  # fmt: skip
    found = await stats(any_redis)
    assert (found.counts["failed"], found.dead_letters) == (1, 0)


async def test_a_job_given_back_is_taken_again_before_newer_ones(any_redis: Redis) -> None:
    first, _ = await put(any_redis, 2)
    one, two = worker(any_redis), worker(any_redis)
    (taken,) = await one.take(1)
    one.retry(taken, "the device was lost")
    await one.take(0)
    (again,) = await two.take(1)
    assert (again.id, again.attempts) == (first.id, 2)
    assert (await stats(any_redis)).counts["retried"] == 1


async def test_a_job_becomes_a_dead_letter_with_the_reason_after_three_attempts(
    any_redis: Redis,
) -> None:
    (job,) = await put(any_redis)
    consumer = worker(any_redis)
    for attempt in range(1, 4):
        (taken,) = await consumer.take(1)
        assert taken.attempts == attempt
        consumer.retry(taken, f"failure {attempt}")
        await consumer.take(0)
    assert await consumer.take(1) == []
    letters = DeadLetters(any_redis, "face")
    (letter,) = await letters.page()
    assert (letter.job_id, letter.reason, letter.attempts) == (job.id, "failure 3", 3)
    assert await letters.read(letter.id) == job
    (reply,) = (await read_replies(any_redis))[job.id]
    assert (reply.reason, reply.error) == (JobReason.POISON, "failure 3")
    found = await stats(any_redis)
    assert (found.counts["poisoned"], found.dead_letters, found.bytes) == (1, 1, 0)


async def test_the_job_of_a_dead_worker_goes_to_another_worker(any_redis: Redis) -> None:
    (job,) = await put(any_redis)
    dead, alive = worker(any_redis), worker(any_redis)
    await dead.take(1)
    assert await alive.take(1) == []
    await orphan(any_redis, dead)
    (again,) = await alive.take(1)
    assert (again.id, again.attempts) == (job.id, 2)
    assert (await stats(any_redis)).counts["redelivered"] == 1


async def test_a_job_whose_worker_dies_three_times_is_poison(any_redis: Redis) -> None:
    (job,) = await put(any_redis)
    for _ in range(3):
        dying = worker(any_redis)
        assert len(await dying.take(1)) == 1
        await orphan(any_redis, dying)
    survivor = worker(any_redis)
    assert await survivor.take(1) == []
    assert await survivor.take(1) == []
    (letter,) = await DeadLetters(any_redis, "face").page()
    assert letter.job_id == job.id
    assert "died" in letter.reason
    assert letter.attempts == 3
    assert (await read_replies(any_redis))[job.id][0].reason is JobReason.POISON
    assert survivor.counts == {"poisoned": 1}
    await stats(any_redis)


async def test_a_long_job_stays_with_its_worker_while_it_renews(any_redis: Redis) -> None:
    await put(any_redis)
    busy, idle = worker(any_redis), worker(any_redis)
    (taken,) = await busy.take(1)
    for _ in range(3):
        await orphan(any_redis, busy)
        assert await busy.take(0) == []
        assert await idle.take(1) == []
    busy.done(taken, RESULT)
    await busy.take(0)
    assert (await stats(any_redis)).counts["done"] == 1


async def test_a_worker_learns_that_its_job_went_to_another_worker(any_redis: Redis) -> None:
    await put(any_redis)
    slow, other = worker(any_redis), worker(any_redis)
    await slow.take(1)
    await orphan(any_redis, slow)
    await other.take(1)
    await slow.take(0)
    assert (len(slow._held), len(other._held)) == (0, 1)


async def test_work_done_twice_is_answered_once_and_counted_late(any_redis: Redis) -> None:
    (job,) = await put(any_redis)
    slow, other = worker(any_redis), worker(any_redis)
    (mine,) = await slow.take(1)
    await orphan(any_redis, slow)
    (theirs,) = await other.take(1)
    slow.done(mine, RESULT)
    await slow.take(0)
    other.done(theirs, RESULT)
    await other.take(0)
    assert len((await read_replies(any_redis))[job.id]) == 1
    assert (slow.counts, other.counts) == ({"done": 1}, {"late": 1})
    found = await stats(any_redis)
    assert (found.counts["done"], found.counts["late"]) == (1, 1)


async def test_only_the_holder_may_give_a_job_back_or_fail_it(any_redis: Redis) -> None:
    await put(any_redis)
    slow, other = worker(any_redis), worker(any_redis)
    (mine,) = await slow.take(1)
    await orphan(any_redis, slow)
    (theirs,) = await other.take(1)
    slow.fail(mine, JobReason.FAILED, "out of memory")
    await slow.take(0)
    assert slow.counts == {"late": 1}
    other.done(theirs, RESULT)
    await other.take(0)
    assert other.counts == {"done": 1}


async def test_a_job_that_returned_to_its_worker_is_held_until_that_attempt_ends(
    any_redis: Redis,
) -> None:
    await put(any_redis)
    slow, other = worker(any_redis), worker(any_redis)
    (first,) = await slow.take(1)
    await orphan(any_redis, slow)
    await other.take(1)
    await orphan(any_redis, other)
    (again,) = await slow.take(1)
    assert again.attempts == first.attempts + 2
    slow.retry(first, "out of memory")
    await slow.take(0)
    assert (slow.counts, len(slow._held)) == ({"late": 1}, 1)
    slow.done(again, RESULT)
    await slow.take(0)
    assert (slow.counts, len(slow._held)) == ({"late": 1, "done": 1}, 0)


async def test_jobs_whose_answer_was_lost_are_returned_again_without_a_further_attempt(
    any_redis: Redis, lose_answer: Callable[[], None]
) -> None:
    jobs = await put(any_redis, 3)
    consumer = worker(any_redis)
    await consumer.take(1)
    lose_answer()
    with pytest.raises(RedisConnectionError):
        await consumer.take(1)
    again = await consumer.take(2)
    assert [(job.id, job.attempts) for job in again] == [(jobs[1].id, 1), (jobs[2].id, 1)]
    assert (await stats(any_redis)).in_progress == 3


async def test_a_worker_takes_no_new_jobs_while_jobs_of_a_lost_answer_wait_for_it(
    any_redis: Redis, lose_answer: Callable[[], None]
) -> None:
    jobs = await put(any_redis, 3)
    consumer, other = worker(any_redis), worker(any_redis)
    lose_answer()
    with pytest.raises(RedisConnectionError):
        await consumer.take(2)
    assert [job.id for job in await consumer.take(1)] == [jobs[0].id]
    assert [job.id for job in await consumer.take(1)] == [jobs[1].id]
    assert [job.id for job in await other.take(3)] == [jobs[2].id]


async def test_an_ending_whose_answer_was_lost_is_counted_once(
    any_redis: Redis, lose_answer: Callable[[], None]
) -> None:
    (job,) = await put(any_redis)
    consumer = worker(any_redis)
    (taken,) = await consumer.take(1)
    consumer.done(taken, RESULT)
    lose_answer()
    with pytest.raises(RedisConnectionError):
        await consumer.take(0)
    assert consumer.unsent == 1
    await consumer.take(0)
    assert (consumer.unsent, consumer.counts) == (0, {"done": 1})
    assert len((await read_replies(any_redis))[job.id]) == 1
    assert "late" not in (await stats(any_redis)).counts


async def test_a_job_given_back_twice_after_a_lost_answer_loses_one_attempt(
    any_redis: Redis, lose_answer: Callable[[], None]
) -> None:
    await put(any_redis)
    consumer, other = worker(any_redis), worker(any_redis)
    (taken,) = await consumer.take(1)
    consumer.retry(taken, "busy")
    lose_answer()
    with pytest.raises(RedisConnectionError):
        await consumer.take(0)
    (theirs,) = await other.take(1)
    await consumer.take(0)
    assert theirs.attempts == 2
    assert (await stats(any_redis)).in_progress == 1
    other.done(theirs, RESULT)
    await other.take(0)
    assert (await stats(any_redis)).counts["done"] == 1


async def test_a_late_request_to_give_a_job_back_leaves_it_with_its_worker(
    any_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(any_redis)
    consumer = worker(any_redis)
    (taken,) = await consumer.take(1)
    consumer.retry(taken, "busy")
    sent: list[ScriptCall] = []
    real = redis_script.run_together

    async def remember(redis: Redis, calls: Sequence[ScriptCall]) -> list[Any]:
        sent.extend(calls)
        return await real(redis, calls)

    monkeypatch.setattr(redis_script, "run_together", remember)
    (again,) = await until(lambda: consumer.take(1))
    late = await redis_script.run(any_redis, sent[0])
    assert late[0] == b"late"
    found = await stats(any_redis)
    assert (again.attempts, found.waiting, found.in_progress) == (2, 0, 1)


async def test_an_expired_job_is_answered_and_removed_without_being_processed(
    any_redis: Redis,
) -> None:
    job = await make_job(any_redis, seconds=0.03)
    assert await submit(any_redis, job) == "accepted"

    async def over() -> bool:
        return await redis_now(any_redis) > job.deadline_at

    await until(over)
    consumer = worker(any_redis)
    assert await consumer.take(1) == []
    await consumer.take(1)
    assert consumer.counts == {"expired": 1}
    (reply,) = (await read_replies(any_redis))[job.id]
    assert reply.reason is JobReason.TIMED_OUT
    assert (await stats(any_redis)).counts["expired"] == 1


async def test_work_on_a_withdrawn_job_is_late(any_redis: Redis) -> None:
    (job,) = await put(any_redis)
    consumer = worker(any_redis)
    (taken,) = await consumer.take(1)
    assert await withdraw(any_redis, job) == "withdrawn"
    consumer.done(taken, RESULT)
    await consumer.take(0)
    assert consumer.counts == {"late": 1}
    assert await read_replies(any_redis) == {}
    assert (await stats(any_redis)).counts["withdrawn"] == 1


async def test_a_leaving_worker_gives_back_its_jobs_without_using_an_attempt(
    any_redis: Redis,
) -> None:
    jobs = await put(any_redis, 2)
    leaving, other = worker(any_redis), worker(any_redis)
    one, two = await leaving.take(2)
    leaving.done(one, RESULT)
    await leaving.leave()
    (taken,) = await other.take(2)
    assert (taken.id, taken.attempts) == (two.id, 1)
    assert len((await read_replies(any_redis))[jobs[0].id]) == 1
    assert (await stats(any_redis)).workers == 1


async def test_a_worker_that_left_is_removed_from_the_group(any_redis: Redis) -> None:
    leaving, other = worker(any_redis), worker(any_redis)
    await put(any_redis)
    await leaving.take(1)
    await leaving.leave()
    await other.take(1)
    consumers = await any_redis.xinfo_consumers("jobs_face", "workers")
    assert leaving.name.encode() not in {consumer["name"] for consumer in consumers}


async def test_an_entry_that_is_not_a_job_is_removed_and_counted(any_redis: Redis) -> None:
    consumer = worker(any_redis)
    await consumer.take(0)
    await any_redis.xadd("jobs_face", {"name": "camera", "data": b"\xff"})
    await any_redis.xadd("jobs_face", {"id": "other", "job": b"\xff"})
    (job,) = await put(any_redis)
    assert [taken.id for taken in await consumer.take(9)] == [job.id]
    assert await any_redis.xlen("jobs_face") == 1
    assert (await stats(any_redis)).counts["foreign"] == 2


async def test_a_job_with_invalid_bytes_becomes_a_dead_letter(any_redis: Redis) -> None:
    job = await make_job(any_redis)
    await redis_script.run(any_redis, submit_call(job, 4, b"\xc1\xc1\xc1\xc1", JobSettings()))
    consumer = worker(any_redis)
    assert await consumer.take(1) == []
    await consumer.take(0)
    letters = DeadLetters(any_redis, "face")
    (letter,) = await letters.page()
    assert (letter.job_id, letter.bytes) == (job.id, 4)
    assert await letters.read(letter.id) is None
    assert (await read_replies(any_redis))[job.id][0].reason is JobReason.POISON
    await stats(any_redis)


async def test_a_submission_wakes_an_idle_worker(real_redis: Redis) -> None:
    consumer = worker(real_redis)
    assert await consumer.take(1) == []
    await put(real_redis)
    await consumer.wait(5)
    assert len(await consumer.take(1)) == 1


async def test_there_is_no_notification_when_no_job_waits(any_redis: Redis) -> None:
    consumer = worker(any_redis)
    await put(any_redis, 3)
    await consumer.take(3)
    assert await any_redis.exists("{jobs_face}:bell") == 0


async def test_a_worker_continues_after_redis_lost_its_data(any_redis: Redis) -> None:
    await put(any_redis)
    consumer = worker(any_redis)
    (taken,) = await consumer.take(1)
    await any_redis.flushall()
    consumer.done(taken, RESULT)
    assert await consumer.take(1) == []
    assert consumer.counts == {"late": 1}
    await put(any_redis)
    assert len(await consumer.take(1)) == 1


async def test_taking_and_ending_work_when_memory_is_full(real_redis: Redis) -> None:
    first, second = await put(real_redis, 2)
    consumer = worker(real_redis)
    try:
        await real_redis.config_set("maxmemory", "1")
        one, two = await consumer.take(2)
        consumer.done(one, RESULT)
        consumer.retry(two, "busy")
        await consumer.take(0)
        job = await make_job(real_redis)
        with pytest.raises(Exception, match="maxmemory"):
            await submit(real_redis, job)
    finally:
        await real_redis.config_set("maxmemory", "1gb")
    assert first.id in await read_replies(real_redis)
    assert [job.id for job in await consumer.take(1)] == [second.id]
    await stats(real_redis)


async def test_a_held_job_that_expired_is_answered_and_counted(any_redis: Redis) -> None:
    (job,) = await put(any_redis)
    consumer = worker(any_redis)
    (taken,) = await consumer.take(1)
    consumer.expire(taken)
    await consumer.take(0)
    (reply,) = (await read_replies(any_redis))[job.id]
    assert reply.reason is JobReason.TIMED_OUT
    assert (await stats(any_redis)).counts["expired"] == 1
