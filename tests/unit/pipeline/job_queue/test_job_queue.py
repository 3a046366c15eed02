"""The job queue is bounded, counts its jobs, and its keys expire."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot

from apps.pipeline import keys, redis_script
from apps.pipeline.job_queue.dead_letters import DeadLetters
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.job_queue import submit_call
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.messages.job import Job
from apps.runtime.errors import WireError
from tests.support.jobs import (
    CLIENT,
    RESULT,
    make_job,
    orphan,
    read_replies,
    stats,
    submit,
    until,
    withdraw,
)

SMALL = JobSettings(jobs_items=3, jobs_bytes=4096, job_bytes=2048)


async def poison(redis: Redis, job: Job, settings: JobSettings) -> None:
    assert await submit(redis, job, settings) == "accepted"
    consumer = JobConsumer(redis, "face", settings)
    (taken,) = await consumer.take(1)
    consumer.retry(taken, "always")
    await consumer.leave()


async def test_a_job_submitted_several_times_is_accepted_once(any_redis: Redis) -> None:
    job = await make_job(any_redis)
    answers = [await submit(any_redis, job) for _ in range(3)]
    assert answers == ["accepted", "repeat", "repeat"]
    found = await stats(any_redis)
    assert (found.waiting, found.counts["submitted"]) == (1, 1)


async def test_a_job_that_has_ended_is_still_recognised(any_redis: Redis) -> None:
    job = await make_job(any_redis)
    await submit(any_redis, job)
    consumer = JobConsumer(any_redis, "face")
    (taken,) = await consumer.take(1)
    consumer.done(taken, RESULT)
    await consumer.take(0)
    assert await submit(any_redis, job) == "repeat"
    assert await consumer.take(1) == []


async def test_the_outcome_of_a_job_expires_after_its_deadline(any_redis: Redis) -> None:
    job = await make_job(any_redis, seconds=100)
    await submit(any_redis, job)
    await withdraw(any_redis, job)
    left = await any_redis.pttl(keys.job_ended("face", job.id))
    assert 100_000 < left <= 160_000


async def test_a_submission_that_arrives_after_its_deadline_is_refused(any_redis: Redis) -> None:
    job = await make_job(any_redis, seconds=-0.001)
    assert await submit(any_redis, job) == "expired"
    assert (await stats(any_redis)).counts == {}


async def test_a_full_queue_accepts_no_job_and_changes_nothing(any_redis: Redis) -> None:
    jobs = [await make_job(any_redis) for _ in range(4)]
    answers = [await submit(any_redis, job, SMALL) for job in jobs]
    assert answers == ["accepted", "accepted", "accepted", "full"]
    assert (await stats(any_redis)).counts["submitted"] == 3


async def test_jobs_in_progress_count_towards_the_limit(any_redis: Redis) -> None:
    for _ in range(3):
        await submit(any_redis, await make_job(any_redis), SMALL)
    consumer = JobConsumer(any_redis, "face", SMALL)
    taken = await consumer.take(3)
    late = await make_job(any_redis)
    assert await submit(any_redis, late, SMALL) == "full"
    consumer.done(taken[0], RESULT)
    await consumer.take(0)
    assert await submit(any_redis, late, SMALL) == "accepted"


async def test_both_bytes_and_items_are_bounded(any_redis: Redis) -> None:
    for _ in range(2):
        job = await make_job(any_redis, data=b"x" * 1700)
        assert await submit(any_redis, job, SMALL) == "accepted"
    big = await make_job(any_redis, data=b"x" * 1700)
    assert await submit(any_redis, big, SMALL) == "full"
    assert await submit(any_redis, await make_job(any_redis), SMALL) == "accepted"
    assert (await stats(any_redis)).bytes <= SMALL.jobs_bytes


async def test_a_job_that_is_too_large_is_refused(any_redis: Redis) -> None:
    job = await make_job(any_redis, data=b"x" * 2048)
    assert await submit(any_redis, job, SMALL) == "too_large"


async def test_asking_for_space_submits_no_job(any_redis: Redis) -> None:
    job = await make_job(any_redis)
    answer = await redis_script.run(any_redis, submit_call(job, 100, b"", SMALL))
    assert answer[0] == b"room"
    assert (await stats(any_redis)).waiting == 0


async def test_a_sweep_returns_the_state_of_the_queue(any_redis: Redis) -> None:
    for _ in range(3):
        await submit(any_redis, await make_job(any_redis))
    await JobConsumer(any_redis, "face").take(1)
    found = await stats(any_redis)
    assert (found.task, found.waiting, found.in_progress, found.workers) == ("face", 2, 1, 1)
    assert 0 < found.oldest_seconds < 60
    assert found.bytes > 0


async def test_an_unused_queue_is_empty(any_redis: Redis) -> None:
    found = await stats(any_redis)
    assert (found.waiting, found.in_progress, found.oldest_seconds) == (0, 0, 0.0)
    assert (found.workers, found.dead_letters, found.counts) == (0, 0, {})


async def test_a_job_given_back_waits_again(any_redis: Redis) -> None:
    await submit(any_redis, await make_job(any_redis))
    consumer = JobConsumer(any_redis, "face")
    (taken,) = await consumer.take(1)
    consumer.retry(taken, "busy")
    await consumer.take(0)
    found = await stats(any_redis)
    assert (found.waiting, found.in_progress) == (1, 0)


async def test_a_sweep_ends_expired_jobs_without_any_worker(any_redis: Redis) -> None:
    jobs = [await make_job(any_redis, seconds=0.02) for _ in range(40)]
    accepted = [job for job in jobs if await submit(any_redis, job) == "accepted"]
    lasting = await make_job(any_redis)
    await submit(any_redis, lasting)

    async def all_expired() -> bool:
        return (await stats(any_redis)).counts.get("expired", 0) == len(accepted)

    await until(all_expired)
    found = await stats(any_redis)
    assert (found.waiting, found.bytes > 0) == (1, True)
    assert set(await read_replies(any_redis)) == {job.id for job in accepted}


async def test_a_job_of_a_dead_worker_expires_too(any_redis: Redis) -> None:
    job = await make_job(any_redis, seconds=0.5)
    await submit(any_redis, job)
    dead = JobConsumer(any_redis, "face")
    assert len(await dead.take(1)) == 1
    await orphan(any_redis, dead)

    async def expired() -> bool:
        return (await stats(any_redis)).counts.get("expired") == 1

    await until(expired)
    assert (await any_redis.xpending("jobs_face", "workers"))["pending"] == 0


async def test_dead_letters_are_bounded_in_items(any_redis: Redis) -> None:
    settings = JobSettings(job_attempts=1, dead_letters=2)
    jobs = [await make_job(any_redis) for _ in range(4)]
    for job in jobs:
        await poison(any_redis, job, settings)
    letters = await DeadLetters(any_redis, "face").page()
    assert [letter.job_id for letter in letters] == [jobs[3].id, jobs[2].id]


async def test_dead_letters_are_bounded_in_bytes(any_redis: Redis) -> None:
    settings = JobSettings(job_attempts=1, dead_letter_bytes=3000)
    for _ in range(5):
        await poison(any_redis, await make_job(any_redis, data=b"x" * 1000), settings)
    assert (await stats(any_redis)).dead_letters == 2
    assert int(await any_redis.hget("{jobs_face}:books", "dead_bytes") or 0) <= 3000


async def test_a_new_dead_letter_removes_old_ones(any_redis: Redis) -> None:
    settings = JobSettings(job_attempts=1)
    dead = "{jobs_face}:dead"
    await any_redis.xadd(
        dead, {"id": "old", "reason": "-", "attempts": 3, "job": b"xx"}, id="1000-0"
    )
    job = await make_job(any_redis)
    await poison(any_redis, job, settings)
    assert [letter.job_id for letter in await DeadLetters(any_redis, "face").page()] == [job.id]
    assert 0 < await any_redis.pttl(dead) <= 24 * 3_600_000


async def test_the_size_of_dead_letters_is_correct_after_all_have_expired(
    any_redis: Redis,
) -> None:
    settings = JobSettings(job_attempts=1, dead_letter_bytes=3000)
    await poison(any_redis, await make_job(any_redis, data=b"x" * 2000), settings)
    await any_redis.delete("{jobs_face}:dead")
    await poison(any_redis, await make_job(any_redis, data=b"x" * 2000), settings)
    assert (await stats(any_redis)).dead_letters == 1


async def test_unread_replies_are_bounded_and_expire(any_redis: Redis) -> None:
    await submit(any_redis, await make_job(any_redis))
    consumer = JobConsumer(any_redis, "face")
    (taken,) = await consumer.take(1)
    consumer.done(taken, RESULT)
    await consumer.take(0)
    assert 0 < await any_redis.pttl(keys.job_replies("face", CLIENT)) <= 60_000


def test_every_key_of_a_script_is_in_the_slot_of_its_queue() -> None:
    names = [
        *keys.job_keys("face"), keys.job_replies("face", CLIENT), keys.job_ended("face", "1"),
    ]  # fmt: skip
    assert {key_slot(name.encode()) for name in names} == {key_slot(b"jobs_face")}


async def test_a_script_writes_nothing_if_a_key_has_a_foreign_type(any_redis: Redis) -> None:
    await any_redis.set("{jobs_face}:dead", "mine")
    job = await make_job(any_redis)
    with pytest.raises(Exception, match="WRONGTYPE"):
        await submit(any_redis, job)
    assert await any_redis.exists("jobs_face", "{jobs_face}:index") == 0


def test_a_queue_needs_a_valid_task_name() -> None:
    with pytest.raises(WireError):
        keys.job_keys("No Task")


async def test_a_dead_letter_whose_job_was_deleted_by_another_client_can_be_removed(
    real_redis: Redis,
) -> None:
    bounds = JobSettings(job_attempts=1, dead_letters=1)
    job = await make_job(real_redis)
    await submit(real_redis, job, bounds)
    consumer = JobConsumer(real_redis, "face", bounds)
    (taken,) = await consumer.take(1)
    await real_redis.xtrim("jobs_face", maxlen=0, approximate=False)
    consumer.retry(taken, "always")
    await consumer.leave()
    await poison(real_redis, await make_job(real_redis), bounds)
    assert (await stats(real_redis)).counts["poisoned"] == 2
