"""The scripts of the job queue touch only keys that they were given, all of one slot."""

from __future__ import annotations

from redis.crc import key_slot

from apps.local.redis_server import RedisServer
from apps.pipeline import keys
from apps.pipeline.connection import connect
from apps.pipeline.job_consumer import JobConsumer
from apps.pipeline.job_queue import JobQueue, JobSettings
from tests.integration.pipeline.test_script_keys import keys_of, monitored
from tests.jobs import CLIENT, RESULT, make_job, orphan, submit, withdraw


async def test_every_job_script_uses_keys_of_one_slot_that_it_was_given(
    redis_server: RedisServer,
) -> None:
    redis = connect(redis_server.settings, name="test")
    settings = JobSettings(job_attempts=2, dead_letters=1)
    jobs = [await make_job(redis) for _ in range(6)]

    async def play() -> None:
        for job in jobs:
            await submit(redis, job)
        one, two = (JobConsumer(redis, "face", settings) for _ in range(2))
        first, *others = await one.take(4)
        one.done(first, RESULT)
        await orphan(redis, one)
        for job in await two.take(6):
            two.retry(job, "stumbled")
        await two.take(1)
        for job in others:
            one.retry(job, "stumbled")
        await withdraw(redis, jobs[5])
        await one.leave()
        await two.leave()
        await JobQueue(redis, "face").sweep()

    executions = await monitored(redis_server, play)
    used: set[bytes] = set()
    for execution in executions:
        assert {key_slot(key) for key in execution.keys} == {key_slot(b"jobs_face")}
        for command in execution.commands:
            touched = await keys_of(redis, command)
            assert touched <= set(execution.keys)
            used |= touched
    await redis.aclose()
    names = [*keys.job_keys("face"), keys.job_replies("face", CLIENT)]
    assert {name.encode() for name in names} <= used
