"""Client of the job queue: submit a picture, wait, and get its result or the reason for failure.

All steps may be repeated: the queue recognises a submission by its job id, and keeps a reply until
the client has read it. A caller that waits asks from time to time whether the queue still knows
its job, and always after a lost answer or a restart of Redis. If not, it submits the job again.
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
from apps.pipeline.messages import Result, wire
from apps.pipeline.messages.job import Job, JobReply
from apps.runtime import backoff, cancellation
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import JobError, JobReason
from apps.runtime.monotonic import monotonic_us

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["JobClient", "PendingJob"]

#: Concurrent submissions per task. Further ones wait, so that many callers use few connections.
_SUBMITTERS = 4
#: Concurrent withdrawals.
_WITHDRAWERS = 4
#: Seconds between two checks of a full queue.
_LOOK_SECONDS = 0.02
#: Seconds after which a waiting caller asks whether the queue still knows its job.
_ASK_SECONDS = 5.0
#: Seconds past the deadline that a caller may use to learn the outcome of its job.
_GRACE_SECONDS = 1.0
#: Seconds after which a retry may succeed: until then a worker may start or the queue may move.
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
    """A job whose caller waits for the reply."""

    job: Job  #: the job without its data, which are in the message
    cancelled: int  #: cancellation requests of the calling task before the submission
    message: bytes  #: the job as MessagePack
    expected: Expected  #: reply that the caller waits for
    accepted: bool = False  #: whether the queue has accepted the job
    unreachable: str = ""  #: error of the last request to Redis; empty if it succeeded
    workers: int = 0  #: workers that served the task at the last request


class JobClient:
    """Submits jobs of any task and waits for their replies. Safe for concurrent use."""

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

        The job is withdrawn if the caller is cancelled or the time is over.

        Args:
            task: task name. Pass only known names: a queue is created for each.
            data: JPEG or PNG file.
            timeout: seconds to wait for space in the queue and for the reply, in total.

        Raises:
            JobError: there is no result; see its `reason` and `retry_after`.
            WireError: the task name is invalid.
        """
        channel = self._channel(task)
        pending: PendingJob | None = None
        try:
            async with asyncio.timeout(timeout):
                pending = await self._enter(channel, task, data, timeout)
                reply = await self._reply(channel, pending)
        except TimeoutError:
            if pending is None:
                raise _unanswered(JobReason.UNREACHABLE, "Redis does not respond") from None
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
        """Stop. Callers that still wait get no answer."""
        withdrawals = list(self._withdrawals)
        if withdrawals:
            _, unfinished = await asyncio.wait(withdrawals, timeout=_GRACE_SECONDS)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
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
        """Submit the job again and again, until the queue has accepted it."""
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
        text = f"The job has {len(pending.message)} bytes; the maximum is {most} bytes"
        return JobError(JobReason.TOO_LARGE, text)

    async def _ask(self, pending: PendingJob, message: bytes) -> str:
        """Send one submission; without a message, ask whether the queue has space."""
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
        """After the deadline: withdraw the job, or return a reply that has just arrived."""
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
        return JobReason.NO_WORKER, "No worker serves this task; start a worker for it"
    if pending.accepted:
        return JobReason.TIMED_OUT, "No worker finished the job before its deadline"
    return JobReason.FULL, "The queue was full until the deadline"


def _unanswered(reason: JobReason, text: str) -> JobError:
    return JobError(reason, text, retry_after=_RETRY_AFTER[reason])
