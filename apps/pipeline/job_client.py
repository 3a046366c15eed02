"""What a service uses to have a picture inferred: submit, wait, get a result or a named reason.

A client process has one reply stream per task and reads it with one connection, however many calls
wait. Everything may be repeated: a submission is recognised by its job id, a reply stays in the
stream until we have it. After any doubt (a lost answer, a Redis that came back empty) every waiting
call submits its job again.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from typing import TYPE_CHECKING, Any

from apps.pipeline import backoff, keys, script, wire
from apps.pipeline.clock import RedisClock, monotonic_us
from apps.pipeline.connection import UNREACHABLE
from apps.pipeline.errors import JobError, JobReason, WireError
from apps.pipeline.job_queue import Ending, JobSettings, end_call, overdue
from apps.pipeline.messages import Job, JobReply, Result

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["JobClient"]

log = logging.getLogger(__name__)

_SUBMIT = script.load("job", "job_submit")

#: Submissions on their way at the same time; the others wait for their turn here.
_SUBMITTERS = 4
#: Seconds between two looks at a full queue.
_LOOK_SECONDS = 0.02
#: Seconds that a call may take past its deadline to learn what became of its job.
_GRACE_SECONDS = 1.0
#: Milliseconds that the reader of replies waits in one command.
_LISTEN_MS = 1000
#: Seconds after which another try is worth while: a worker has to start, or a queue to move.
_RETRY_AFTER = {
    JobReason.NO_WORKER: 5.0,
    JobReason.FULL: 1.0,
    JobReason.TIMED_OUT: 1.0,
    JobReason.UNREACHABLE: 5.0,
}


class _Waiting:
    """One call that waits: what was last heard about it."""

    def __init__(self, job: Job, message: bytes) -> None:
        self.job = job
        self.message = message
        self.heard = asyncio.Event()
        self.reply: JobReply | None = None
        self.accepted = False
        self.obstacle = JobReason.FULL
        self.workers = 0


class JobClient:
    """Submits jobs of any task and waits for their replies. Any number of calls at a time."""

    def __init__(
        self,
        redis: Redis,
        settings: JobSettings | None = None,
        *,
        clock: RedisClock | None = None,
    ) -> None:
        self._redis = redis
        self._settings = settings or JobSettings()
        self._clock = clock or RedisClock()
        self._name = secrets.token_hex(8)
        self._waiting: dict[str, dict[str, _Waiting]] = {}
        self._listeners: dict[str, asyncio.Task[None]] = {}
        self._withdrawals: set[asyncio.Task[Any]] = set()
        self._turns = asyncio.Semaphore(_SUBMITTERS)

    async def submit(self, task: str, data: bytes, timeout: float) -> Result:  # noqa: ASYNC109
        """The result of one picture.

        The job is withdrawn when the call is cancelled or its time is over.

        Args:
            task: task name.
            data: JPEG or PNG.
            timeout: seconds, to wait for room in the queue and for the reply together.

        Raises:
            JobError: there is no result; reason and `retry_after` say what to do.
            ValueError: not a task name.
        """
        waiting: _Waiting | None = None
        try:
            async with asyncio.timeout(timeout):
                waiting = self._enter(await self._job(task, data, timeout))
                reply = await self._reply(waiting)
        except TimeoutError:
            if waiting is None:
                raise _unanswered(JobReason.UNREACHABLE) from None
            reply = await self._give_up(waiting)
        except asyncio.CancelledError:
            if waiting is not None:
                self._withdraw_later(waiting)
            raise
        finally:
            if waiting is not None:
                self._waiting[task].pop(waiting.job.id, None)
        if reply.result is None:
            raise JobError(reply.reason or JobReason.FAILED, reply.error)
        return reply.result

    async def close(self) -> None:
        """Stop listening; calls that still wait are never answered."""
        tasks = [*self._listeners.values(), *self._withdrawals]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listeners.clear()

    async def _job(self, task: str, data: bytes, timeout: float) -> Job:  # noqa: ASYNC109
        started = monotonic_us()
        for delay in backoff.delays(0.05, 1.0):
            if self._clock.synchronised:
                break
            try:
                await self._clock.synchronise(self._redis)
            except UNREACHABLE:
                await asyncio.sleep(delay)
        now = self._clock.now()
        left = int(timeout * 1e6) - (monotonic_us() - started)
        return Job(
            id=secrets.token_hex(16), task=task, data=data, submitted_at=now,
            deadline_at=now + left, reply_to=self._name,
        )  # fmt: skip

    def _enter(self, job: Job) -> _Waiting:
        waiting = _Waiting(job, wire.encode(job))
        self._waiting.setdefault(job.task, {})[job.id] = waiting
        listener = self._listeners.get(job.task)
        if listener is None or listener.done():
            self._listeners[job.task] = asyncio.create_task(self._listen(job.task))
        return waiting

    async def _reply(self, waiting: _Waiting) -> JobReply:
        while waiting.reply is None:
            waiting.heard.clear()
            async with self._turns:
                await self._submit(waiting)
            await waiting.heard.wait()
        return waiting.reply

    async def _submit(self, waiting: _Waiting) -> None:
        """Try until the queue has the job."""
        delays = backoff.delays(0.05, 1.0)
        message = waiting.message
        while waiting.reply is None:
            try:
                answer = await self._ask(waiting, message)
            except UNREACHABLE as error:
                log.debug("a submission is repeated: %s", error)
                waiting.obstacle = JobReason.UNREACHABLE
                await asyncio.sleep(next(delays))
                continue
            waiting.obstacle = JobReason.FULL
            if answer in {"accepted", "repeat"}:
                waiting.accepted = True
                return
            if answer == "too_large":
                size, most = len(waiting.message), self._settings.job_bytes
                raise JobError(
                    JobReason.TOO_LARGE, f"the job has {size} bytes; at most {most} are allowed"
                )
            message = waiting.message if answer == "room" else b""
            if answer != "room":
                await asyncio.sleep(_LOOK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - spread

    async def _ask(self, waiting: _Waiting, message: bytes) -> str:
        job = waiting.job
        arguments: list[bytes | str | int] = [
            job.id, job.deadline_at, job.reply_to, len(waiting.message), message,
            *self._settings.bounds(),
        ]  # fmt: skip
        names = [*keys.job_keys(job.task), keys.job_ended(job.task, job.id)]
        before = monotonic_us()
        word, now, workers, over = await script.run(
            self._redis, script.Call(_SUBMIT, names, arguments)
        )
        self._clock.observe(before, int(now), monotonic_us())
        waiting.workers = int(workers)
        if over:
            endings = overdue(over, self._name, self._settings)
            calls = [end_call(job.task, ending, self._settings) for ending in endings]
            await script.run_together(self._redis, calls)
        return str(word.decode())

    async def _give_up(self, waiting: _Waiting) -> JobReply:
        """The deadline has passed: withdraw the job, or take the reply that came just now."""
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                answer = await self._withdraw(waiting, "expired")
                waiting.workers = int(answer[2])
                if answer[0] == b"late" and waiting.accepted:
                    while waiting.reply is None:
                        waiting.heard.clear()
                        await waiting.heard.wait()
        except (TimeoutError, *UNREACHABLE):
            pass
        if waiting.reply is not None and waiting.reply.reason is not JobReason.TIMED_OUT:
            return waiting.reply
        raise _unanswered(_why(waiting))

    async def _withdraw(self, waiting: _Waiting, outcome: str) -> Any:
        job = waiting.job
        ending = Ending(self._name, job.id, job.reply_to, 0, outcome)
        return await script.run(self._redis, end_call(job.task, ending, self._settings))

    def _withdraw_later(self, waiting: _Waiting) -> None:
        task = asyncio.create_task(self._withdraw(waiting, "withdrawn"))
        self._withdrawals.add(task)
        task.add_done_callback(self._withdrawals.discard)

    async def _listen(self, task: str) -> None:
        """Deliver replies while calls wait."""
        stream = keys.job_replies(task, self._name)
        delays = backoff.delays(0.05, 1.0)
        doubt = False
        while self._waiting[task]:
            try:
                answer: Any = await self._redis.xread({stream: "0-0"}, count=64, block=_LISTEN_MS)
                entries = answer[0][1] if answer else []
                self._deliver(task, entries)
                if entries:
                    await self._redis.xdel(stream, *(entry for entry, _ in entries))
            except UNREACHABLE as error:
                log.debug("replies of %s cannot be read: %s", task, error)
                doubt = True
                await asyncio.sleep(next(delays))
                continue
            if doubt:
                doubt, delays = False, backoff.delays(0.05, 1.0)
                self._wake(task)

    def _deliver(self, task: str, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
        for _, fields in entries:
            waiting = self._waiting[task].get(fields[b"id"].decode())
            if waiting is not None:
                waiting.reply = _read(waiting.job.id, fields[b"reply"])
                waiting.heard.set()

    def _wake(self, task: str) -> None:
        for waiting in self._waiting[task].values():
            waiting.heard.set()


def _read(job_id: str, message: bytes) -> JobReply:
    try:
        return wire.decode(JobReply, message)
    except WireError as error:
        return JobReply(id=job_id, reason=JobReason.FAILED, error=str(error))


def _why(waiting: _Waiting) -> JobReason:
    if waiting.obstacle is JobReason.UNREACHABLE:
        return JobReason.UNREACHABLE
    if not waiting.workers:
        return JobReason.NO_WORKER
    return JobReason.TIMED_OUT if waiting.accepted else JobReason.FULL


def _unanswered(reason: JobReason) -> JobError:
    text = {
        JobReason.NO_WORKER: "nobody serves this task; start a worker for it",
        JobReason.FULL: "the queue was full until the deadline",
        JobReason.TIMED_OUT: "no worker finished the job before its deadline",
        JobReason.UNREACHABLE: "Redis does not answer",
    }[reason]
    return JobError(reason, text, retry_after=_RETRY_AFTER[reason])
