"""What a service uses to have a picture inferred: submit, wait, get a result or a named reason.

Everything may be repeated: a submission is recognised by its job id, a reply stays until we have
it. After any doubt (a lost answer, a Redis that came back), and now and then without one, a waiting
call asks whether the queue still knows its job, and submits it again if not.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from apps.pipeline import redis_script
from apps.pipeline.job_queue.job_queue import Ending, end_call, overdue, submit_call
from apps.pipeline.job_queue.job_replies import Expected, Replies
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.messages import Job, JobReply, Result, wire
from apps.runtime import backoff, cancellation
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import JobError, JobReason
from apps.runtime.monotonic import monotonic_us

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["JobClient", "PendingJob"]

#: Submissions of one task on their way at the same time; the others wait for their turn here, so
#: that many calls use few connections.
_SUBMITTERS = 4
#: Withdrawals on their way at the same time.
_WITHDRAWERS = 4
#: Seconds between two looks at a full queue.
_LOOK_SECONDS = 0.02
#: Seconds after which a waiting call asks whether the queue still knows its job.
_ASK_SECONDS = 5.0
#: Seconds that a call may take past its deadline to learn what became of its job.
_GRACE_SECONDS = 1.0
#: Seconds after which another try is worth while: a worker has to start, or a queue to move.
_RETRY_AFTER = {
    JobReason.NO_WORKER: 5.0,
    JobReason.FULL: 1.0,
    JobReason.TIMED_OUT: 1.0,
    JobReason.UNREACHABLE: 5.0,
}


class _TaskChannel:
    """What all jobs of one task share: the reader of replies, and the limit on submissions."""

    def __init__(self, redis: Redis, task: str, client: str) -> None:
        self.replies = Replies(redis, task, client)
        self.turns = asyncio.Semaphore(_SUBMITTERS)


@dataclass
class PendingJob:
    """A job whose caller waits for the reply.

    Attributes:
        job: its job; the data are only in the message.
        cancelled: how often the calling task had been cancelled before.
        message: the job as MessagePack.
        expected: its reply.
        accepted: the queue has, or had, the job.
        unreachable: why Redis did not answer the last time; empty if it did.
        workers: how many served the task when we asked last.
    """

    job: Job
    cancelled: int
    message: bytes
    expected: Expected
    accepted: bool = False
    unreachable: str = ""
    workers: int = 0


class JobClient:
    """Submits jobs of any task and waits for their replies. Any number of calls at a time."""

    def __init__(self, redis: Redis, settings: JobSettings | None = None) -> None:
        self._redis = redis
        self._settings = settings or JobSettings()
        self._clock = RedisClock()
        self._first = asyncio.Lock()
        self._withdrawing = asyncio.Semaphore(_WITHDRAWERS)
        self._name = secrets.token_hex(8)
        self._channels: dict[str, _TaskChannel] = {}
        self._withdrawals: set[asyncio.Task[Any]] = set()

    async def submit(self, task: str, data: bytes, timeout: float) -> Result:  # noqa: ASYNC109
        """The result of one picture.

        The job is withdrawn when the call is cancelled or its time is over.

        Args:
            task: one that the caller knows; a queue is made for it.
            data: JPEG or PNG.
            timeout: seconds, to wait for room in the queue and for the reply together.

        Raises:
            JobError: there is no result; reason and `retry_after` say what to do.
            WireError: not a task name.
        """
        channel = self._channel(task)
        pending: PendingJob | None = None
        try:
            async with asyncio.timeout(timeout):
                pending = await self._enter(channel, task, data, timeout)
                reply = await self._reply(channel, pending)
        except TimeoutError:
            if pending is None:
                raise _unanswered(JobReason.UNREACHABLE, "Redis does not answer") from None
            reply = await self._give_up(pending)
        except asyncio.CancelledError:
            self._withdraw_later(pending)
            raise
        finally:
            if pending is not None:
                channel.replies.forget(pending.job.id)
        if reply.reason is JobReason.TIMED_OUT:
            reply = await self._give_up(pending)
        if reply.result is None:
            raise JobError(reply.reason or JobReason.FAILED, reply.error)
        return reply.result

    async def close(self) -> None:
        """Stop; calls that still wait are not answered any more."""
        withdrawals = list(self._withdrawals)
        if withdrawals:
            _, unheard = await asyncio.wait(withdrawals, timeout=_GRACE_SECONDS)
            for task in unheard:
                task.cancel()
            await asyncio.gather(*unheard, return_exceptions=True)
        for channel in self._channels.values():
            await channel.replies.close()

    def _channel(self, task: str) -> _TaskChannel:
        if task not in self._channels:
            self._channels[task] = _TaskChannel(self._redis, task, self._name)
        return self._channels[task]

    async def _enter(
        self, channel: _TaskChannel, task: str, data: bytes, seconds: float
    ) -> PendingJob:
        cancelled, deadline = cancellation.pending(), time.monotonic() + seconds
        await self._synchronise(cancelled)
        now = self._clock.now()
        job = Job(
            id=secrets.token_hex(16), task=task, data=data, submitted_at=now,
            deadline_at=now + int((deadline - time.monotonic()) * 1e6), reply_to=self._name,
        )  # fmt: skip
        head = msgspec.structs.replace(job, data=b"")
        return PendingJob(head, cancelled, wire.encode(job), channel.replies.expect(job.id))

    async def _synchronise(self, cancelled: int) -> None:
        waits = backoff.delays(0.05, 1.0)
        async with self._first:
            while not self._clock.synchronised:
                try:
                    await self._clock.synchronise(self._redis)
                except UNREACHABLE:
                    cancellation.heed(cancelled)
                    await asyncio.sleep(next(waits))

    async def _reply(self, channel: _TaskChannel, pending: PendingJob) -> JobReply:
        expected = pending.expected
        while expected.reply is None:
            cancellation.heed(pending.cancelled)
            expected.heard.clear()
            async with channel.turns:
                await self._submit(pending)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(expected.heard.wait(), _ASK_SECONDS)
        return expected.reply

    async def _submit(self, pending: PendingJob) -> None:
        """Try until the queue has the job."""
        waits = backoff.delays(0.05, 1.0)
        message = b"" if pending.accepted else pending.message
        while pending.expected.reply is None:
            cancellation.heed(pending.cancelled)
            try:
                answer = await self._ask(pending, message)
            except UNREACHABLE as error:
                pending.unreachable = f"Redis: {error}"
                await asyncio.sleep(next(waits))
                continue
            pending.unreachable = ""
            if answer in {"accepted", "repeat"}:
                pending.accepted = True
                return
            if answer == "too_large":
                raise self._too_large(pending)
            message = pending.message if answer == "room" else b""
            if answer != "room":
                await asyncio.sleep(_LOOK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - spread

    def _too_large(self, pending: PendingJob) -> JobError:
        most = min(self._settings.job_bytes, self._settings.jobs_bytes)
        text = f"the job has {len(pending.message)} bytes; at most {most} are allowed"
        return JobError(JobReason.TOO_LARGE, text)

    async def _ask(self, pending: PendingJob, message: bytes) -> str:
        """One submission; without a message, the question whether there is room."""
        before = monotonic_us()
        submission = submit_call(pending.job, len(pending.message), message, self._settings)
        answer = await redis_script.run(self._redis, submission)
        word, now, workers, over = answer
        self._clock.observe(before, int(now), monotonic_us())
        pending.workers = int(workers)
        if over:
            endings = overdue(over, self._name, self._settings)
            calls = [end_call(pending.job.task, ending, self._settings) for ending in endings]
            await redis_script.run_together(self._redis, calls)
        return str(word.decode())

    async def _give_up(self, pending: PendingJob) -> JobReply:
        """The deadline has passed: withdraw the job, or take the reply that came just now."""
        expected = pending.expected
        with contextlib.suppress(TimeoutError, *UNREACHABLE):
            async with asyncio.timeout(_GRACE_SECONDS):
                answer, _, workers = await self._withdraw(pending, "expired")
                pending.workers = int(workers)
                while answer == b"late" and pending.accepted and expected.reply is None:
                    expected.heard.clear()
                    await expected.heard.wait()
        if expected.reply is None or expected.reply.reason is JobReason.TIMED_OUT:
            raise _unanswered(*_why(pending))
        return expected.reply

    async def _withdraw(self, pending: PendingJob, outcome: str) -> Any:
        ending = Ending(self._name, pending.job.id, self._name, 0, outcome)
        async with self._withdrawing:
            return await redis_script.run(
                self._redis, end_call(pending.job.task, ending, self._settings)
            )

    def _withdraw_later(self, pending: PendingJob | None) -> None:
        if pending is None:
            return

        async def withdraw() -> None:
            with contextlib.suppress(*UNREACHABLE):
                await self._withdraw(pending, "withdrawn")

        task = asyncio.create_task(withdraw())
        self._withdrawals.add(task)
        task.add_done_callback(self._withdrawals.discard)


def _why(pending: PendingJob) -> tuple[JobReason, str]:
    if pending.unreachable:
        return JobReason.UNREACHABLE, pending.unreachable
    if not pending.workers:
        return JobReason.NO_WORKER, "nobody serves this task; start a worker for it"
    if pending.accepted:
        return JobReason.TIMED_OUT, "no worker finished the job before its deadline"
    return JobReason.FULL, "the queue was full until the deadline"


def _unanswered(reason: JobReason, text: str) -> JobError:
    return JobError(reason, text, retry_after=_RETRY_AFTER[reason])
