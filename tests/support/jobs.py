"""Helpers for tests of the job queue: jobs without a waiting client, and workers that die."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from redis.asyncio import Redis

from apps.pipeline import keys, redis_script
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.job_queue import Ending, JobQueue, JobStats, end_call, submit_call
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.messages import Result, wire
from apps.pipeline.messages.job import Job, JobReply

__all__ = [
    "CLIENT",
    "RESULT",
    "make_job",
    "orphan",
    "read_replies",
    "redis_now",
    "stats",
    "submit",
    "until",
    "withdraw",
]

CLIENT = "client"

RESULT = Result(
    stream="", task="face", sequence=0, epoch=0, captured_at=0, inferred_at=0, width=640,
    height=480, model="model", precision="FP32", device="CPU",
)  # fmt: skip


async def redis_now(redis: Redis) -> int:
    """Microseconds of Redis' clock."""
    seconds, micros = await redis.time()
    return int(seconds) * 1_000_000 + int(micros)


async def make_job(redis: Redis, *, seconds: float = 60.0, data: bytes = b"jpeg") -> Job:
    """A job for `face` whose deadline is `seconds` from now."""
    now = await redis_now(redis)
    return Job(
        id=secrets.token_hex(16), task="face", data=data, submitted_at=now,
        deadline_at=now + int(seconds * 1e6), reply_to=CLIENT,
    )  # fmt: skip


async def submit(redis: Redis, job: Job, settings: JobSettings | None = None) -> str:
    """Submit a job; returns the queue's answer."""
    message = wire.encode(job)
    call = submit_call(job, len(message), message, settings or JobSettings())
    answer: list[Any] = await redis_script.run(redis, call)
    return str(answer[0].decode())


async def withdraw(redis: Redis, job: Job, outcome: str = "withdrawn") -> str:
    """Withdraw a job, as a client does that stops waiting; returns the queue's answer."""
    ending = Ending(CLIENT, job.id, CLIENT, 0, outcome)
    answer: list[Any] = await redis_script.run(redis, end_call("face", ending, JobSettings()))
    return str(answer[0].decode())


async def read_replies(redis: Redis) -> dict[str, list[JobReply]]:
    """Every reply to `CLIENT`, by job id."""
    found: dict[str, list[JobReply]] = {}
    entries: Any = await redis.xrange(keys.job_replies("face", CLIENT))
    for _, fields in entries:
        reply = wire.decode(JobReply, fields[b"reply"])
        found.setdefault(fields[b"id"].decode(), []).append(reply)
    return found


async def stats(redis: Redis) -> JobStats:
    """The counters of the job queue, after checking that they add up."""
    found = await JobQueue(redis, "face").sweep()
    assert found.error == 0
    return found


async def orphan(redis: Redis, consumer: JobConsumer) -> None:
    """Age this worker's claims, as if it had been silent for longer than a lease."""
    pending: Any = await redis.xpending_range("jobs_face", "workers", "-", "+", 1000, consumer.name)
    for entry in pending:
        await redis.xclaim(
            "jobs_face", "workers", consumer.name, 0, [entry["message_id"]],
            idle=10_000_000, justid=True,
        )  # fmt: skip


async def until(condition: Any, *, seconds: float = 10.0) -> Any:
    """Evaluate the condition repeatedly until its answer is true; returns the answer."""
    async with asyncio.timeout(seconds):
        while True:
            answer = await condition()
            if answer:
                return answer
            await asyncio.sleep(0.002)
