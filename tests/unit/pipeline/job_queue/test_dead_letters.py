"""Dead letters: listed in pages without their pictures, read one by one, discarded."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from apps.pipeline.job_queue.dead_letters import DeadLetters
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.settings import JobSettings
from tests.support.jobs import make_job, stats, submit

SETTINGS = JobSettings(job_attempts=1)


async def fill(redis: Redis, count: int) -> list[str]:
    """Job ids of that many dead letters, oldest first."""
    consumer = JobConsumer(redis, "face", SETTINGS)
    ids = []
    for number in range(count):
        job = await make_job(redis, data=b"x" * 100)
        await submit(redis, job, SETTINGS)
        (taken,) = await consumer.take(1)
        consumer.retry(taken, f"failure {number}")
        await consumer.take(0)
        ids.append(job.id)
    return ids


async def test_a_task_without_dead_letters_has_an_empty_page(any_redis: Redis) -> None:
    assert await DeadLetters(any_redis, "face").page() == []


async def test_pages_go_from_the_newest_letter_to_the_oldest(any_redis: Redis) -> None:
    ids = await fill(any_redis, 5)
    letters = DeadLetters(any_redis, "face")
    seen, before = [], ""
    while page := await letters.page(2, before):
        assert len(page) <= 2
        seen += [letter.job_id for letter in page]
        before = page[-1].id
    assert seen == ids[::-1]


async def test_a_letter_tells_reason_attempts_time_and_size(any_redis: Redis) -> None:
    await fill(any_redis, 1)
    (letter,) = await DeadLetters(any_redis, "face").page()
    assert (letter.reason, letter.attempts) == ("failure 0", 1)
    assert letter.at > 0
    assert 100 < letter.bytes < 1000


async def test_a_discarded_letter_is_gone_and_its_bytes_are_given_back(any_redis: Redis) -> None:
    await fill(any_redis, 2)
    letters = DeadLetters(any_redis, "face")
    newer, older = await letters.page()
    assert await letters.discard(newer.id)
    assert not await letters.discard(newer.id)
    assert await letters.read(newer.id) is None
    assert [letter.id for letter in await letters.page()] == [older.id]
    assert int(await any_redis.hget("{jobs_face}:books", "dead_bytes") or 0) == older.bytes
    assert (await stats(any_redis)).dead_letters == 1


async def test_a_malformed_id_is_an_error_of_redis(any_redis: Redis) -> None:
    await fill(any_redis, 1)
    with pytest.raises(ResponseError):
        await DeadLetters(any_redis, "face").discard("not an id")
