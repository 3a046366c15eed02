"""The job queue for workers: take jobs under a claim, and end each exactly once.

The consumer records the outcomes of jobs and sends them with every `take` until Redis confirms
them; the queue recognises repeated endings. If the answer to a `take` is lost, the next `take`
returns its jobs again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from apps.pipeline import keys, redis_script
from apps.pipeline.job_queue.job_queue import Ending, end_call, overdue
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.messages import Result, wire
from apps.pipeline.messages.job import Job, JobReply
from apps.pipeline.redis_script import ScriptCall
from apps.runtime.errors import JobReason, WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["JobConsumer"]

_TAKE = redis_script.load(__package__, "job", "job_take")
_LEAVE = redis_script.load(__package__, "job", "job_leave")


class JobConsumer:
    """The job queue of one task, for one worker. Not safe for concurrent use.

    Call `take` at least once per second, with 0 if the worker is fully loaded. It renews the claim
    on all held jobs, and tells clients that a worker serves the task.

    Attributes:
        name: identity of the worker in the queue.
        counts: endings that Redis confirmed, by outcome: `retry` for jobs given back, `late` for
            jobs that another worker or the client ended first.
    """

    def __init__(self, redis: Redis, task: str, settings: JobSettings | None = None) -> None:
        self._redis = redis
        self._task = task
        self._settings = settings or JobSettings()
        self._keys = keys.job_keys(task)
        self._held: dict[str, Job] = {}
        self._endings: list[Ending] = []
        self.name = secrets.token_hex(8)
        self.counts: dict[str, int] = {}

    @property
    def unsent(self) -> int:
        """Number of endings that Redis has not confirmed."""
        return len(self._endings)

    def done(self, job: Job, result: Result) -> None:
        """Answer a job with its result. The next `take` sends it."""
        self._end(job, "done", JobReply(id=job.id, result=result))

    def fail(self, job: Job, reason: JobReason, error: str) -> None:
        """Answer a job that cannot succeed, for example because its data are not a picture."""
        self._end(job, "failed", JobReply(id=job.id, reason=reason, error=error), error)

    def retry(self, job: Job, error: str) -> None:
        """Give a job back for another attempt; after the last one it becomes a dead letter."""
        reply = JobReply(id=job.id, reason=JobReason.POISON, error=error)
        self._end(job, "retry", reply, error)

    def expire(self, job: Job) -> None:
        """Answer a held job whose deadline has passed."""
        text = "The deadline passed before the job was processed"
        reply = JobReply(id=job.id, reason=JobReason.TIMED_OUT, error=text)
        self._end(job, "expired", reply)

    async def take(self, wanted: int) -> list[Job]:
        """Send endings, renew the claims on held jobs and take jobs, in one round trip.

        Jobs that were given back or whose worker died come first, then the oldest.

        Args:
            wanted: maximum number of jobs; 0 to renew only.

        Raises:
            redis.RedisError: Redis did not answer. Call again; no ending is forgotten.
        """
        endings = list(self._endings)
        calls = [end_call(self._task, ending, self._settings) for ending in endings]
        arguments: list[str | int] = [
            self.name, wanted, int(self._settings.job_claim * 1000), self._settings.job_attempts,
            *self._held, *(ending.id for ending in endings),
        ]  # fmt: skip
        calls.append(ScriptCall(_TAKE, self._keys, arguments))
        answers = await redis_script.run_together(self._redis, calls)
        self._confirm(endings, answers[:-1])
        if isinstance(answers[-1], Exception):
            raise answers[-1]
        return self._accept(answers[-1])

    async def leave(self) -> None:
        """Send the endings and give back the other jobs. Call this last.

        Raises:
            redis.RedisError: Redis did not answer. Call again, or let the claims expire.
        """
        while self._endings:
            endings = list(self._endings)
            calls = [end_call(self._task, ending, self._settings) for ending in endings]
            self._confirm(endings, await redis_script.run_together(self._redis, calls))
        await redis_script.run(self._redis, ScriptCall(_LEAVE, self._keys, [self.name]))
        self._held.clear()

    async def wait(self, seconds: float) -> None:
        """Wait for the notification of a submission, at most for the given time.

        Raises:
            redis.RedisError: Redis did not answer.
        """
        notifications = self._keys[1 + keys.JOB_PARTS.index("bell")]
        await self._redis.blpop([notifications], seconds)

    def _end(self, job: Job, outcome: str, reply: JobReply | None, reason: str = "") -> None:
        held = self._held.get(job.id)
        if held is not None and held.attempts == job.attempts:  # otherwise a later attempt is held
            del self._held[job.id]
        ending = Ending(self.name, job.id, job.reply_to, job.attempts, outcome, reply, reason)
        self._endings.append(ending)

    def _confirm(self, endings: Sequence[Ending], answers: Sequence[Any]) -> None:
        failed: Exception | None = None
        for ending, answer in zip(endings, answers, strict=True):
            if isinstance(answer, Exception):
                failed = answer
                continue
            self._endings.remove(ending)
            word = answer[0].decode()
            outcome = ending.outcome if word == "repeat" else word
            self.counts[outcome] = self.counts.get(outcome, 0) + 1
        if failed is not None:
            raise failed

    def _accept(self, answer: Sequence[Any]) -> list[Job]:
        _, taken, over, gone, _ = answer
        for job_id in gone:
            self._held.pop(job_id.decode(), None)
        self._endings += overdue(over, self.name, self._settings)
        jobs = [self._read(*parts) for parts in taken]
        return [job for job in jobs if job is not None]

    def _read(self, job_id: bytes, attempts: bytes, reply_to: bytes, message: bytes) -> Job | None:
        try:
            read = wire.decode(Job, message)
        except WireError as error:
            name, text = job_id.decode(), str(error)
            reply = JobReply(id=name, reason=JobReason.POISON, error=text)
            client, tries = reply_to.decode(), int(attempts)
            self._endings.append(Ending(self.name, name, client, tries, "poisoned", reply, text))
            return None
        job = msgspec.structs.replace(read, attempts=int(attempts))
        self._held[job.id] = job
        return job
