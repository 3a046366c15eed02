"""The job queue of one task. Jobs are acknowledged and never dropped; producers wait for space.

A job ends exactly once: done, failed, poisoned (a dead letter), expired or withdrawn. Its client
gets one reply. The Lua scripts `job*.lua` do the atomic work; this module gives them types. Clients
use `JobClient` (`job_client.py`), workers use `JobConsumer` (`job_consumer.py`), and the gateway
calls `JobQueue.sweep`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.pipeline import keys, redis_script
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.messages import wire
from apps.pipeline.messages.job import Job, JobReply
from apps.pipeline.redis_script import ScriptCall
from apps.runtime.errors import JobReason

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["Ending", "JobQueue", "JobStats", "end_call", "overdue", "submit_call"]

_SUBMIT = redis_script.load(__package__, "job", "job_submit")
_SWEEP = redis_script.load(__package__, "job", "job_sweep")
_END = redis_script.load(__package__, "job", "job_end")


@dataclass(frozen=True, slots=True)
class Ending:
    """A request to end a job, repeated until Redis confirms it."""

    by: str  #: id of the consumer or client that sends the request
    id: str  #: job id
    reply_to: str  #: id of the client process of the job
    attempts: int  #: attempts of the job, as known to the sender
    outcome: str  #: `done`, `failed`, `poisoned`, `expired`, `withdrawn` or `retry`
    #: reply to the client; with `retry`, sent only after the last attempt; None for none
    reply: JobReply | None = None
    reason: str = ""  #: reason in the dead letter, one sentence


@dataclass(frozen=True)
class JobStats:
    """State of the job queue of one task at one moment."""

    task: str  #: task name
    waiting: int  #: jobs that no worker holds
    in_progress: int  #: jobs that a worker holds
    dead_letters: int  #: dead letters
    oldest_seconds: float  #: age of the oldest job that has not ended; 0 without jobs
    bytes: int  #: size of the jobs that have not ended
    workers: int  #: workers that took jobs, or asked for some, in the last seconds
    #: counters of this data set: `submitted`; the outcomes `done`, `failed`, `poisoned`, `expired`,
    #: `withdrawn`; and `retried`, `redelivered` (the worker died), `late` (work done twice),
    #: `foreign` (removed entries that are not jobs)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def error(self) -> int:
        """Jobs missing from the counters; any value other than 0 is a bug."""
        ends = ("done", "failed", "poisoned", "expired", "withdrawn")
        ended = sum(self.counts.get(outcome, 0) for outcome in ends)
        return self.counts.get("submitted", 0) - ended - self.waiting - self.in_progress


class JobQueue:
    """The job queue of one task, for the gateway and for tools."""

    def __init__(self, redis: Redis, task: str, settings: JobSettings | None = None) -> None:
        self.task = task
        self._redis = redis
        self._settings = settings or JobSettings()

    async def sweep(self) -> JobStats:
        """Expire the jobs whose deadline has passed, and read the state of the queue.

        Raises:
            redis.RedisError: Redis did not answer, or refused to write.
        """
        while True:
            call = ScriptCall(_SWEEP, keys.job_keys(self.task), [])
            answer: list[Any] = await redis_script.run(self._redis, call)
            endings = overdue(answer[-1], "sweep", self._settings)
            if not endings:
                return _stats(self.task, answer)
            calls = [end_call(self.task, ending, self._settings) for ending in endings]
            for outcome in await redis_script.run_together(self._redis, calls):
                if isinstance(outcome, Exception):
                    raise outcome


def submit_call(job: Job, size: int, message: bytes, settings: JobSettings) -> ScriptCall:
    """The script call that submits a job whose message has `size` bytes.

    An empty message asks whether the queue has space for it. The data of the job are not used.
    """
    names = [*keys.job_keys(job.task), keys.job_ended(job.task, job.id)]
    arguments: list[bytes | str | int] = [
        job.id, job.deadline_at, job.reply_to, size, message,
        settings.jobs_items, settings.jobs_bytes, settings.job_bytes,
    ]  # fmt: skip
    return ScriptCall(_SUBMIT, names, arguments)


def end_call(task: str, ending: Ending, settings: JobSettings) -> ScriptCall:
    """The script call that ends a job."""
    own = [keys.job_replies(task, ending.reply_to), keys.job_ended(task, ending.id)]
    reply = wire.encode(ending.reply) if ending.reply is not None else b""
    arguments: list[bytes | str | int] = [
        ending.by, ending.id, ending.attempts, ending.outcome, reply, ending.reason,
        settings.job_attempts, int(settings.job_reply * 1000), settings.dead_letters,
        settings.dead_letter_bytes, int(settings.dead_letter_hours * 3_600_000),
    ]  # fmt: skip
    return ScriptCall(_END, [*keys.job_keys(task), *own], arguments)


def overdue(found: Sequence[Any], by: str, settings: JobSettings) -> list[Ending]:
    """The endings of the jobs that a script reported as expired or poisoned.

    It reports `(job id, client, outcome, attempts)` for each job, as bytes.
    """
    endings = []
    for job_id, reply_to, outcome, attempts in found:
        text = f"{settings.job_attempts} workers died while they processed it"
        reason = JobReason.POISON
        if outcome == b"expired":
            text, reason = "The deadline passed", JobReason.TIMED_OUT
        reply = JobReply(id=job_id.decode(), reason=reason, error=text)
        endings.append(
            Ending(by, reply.id, reply_to.decode(), int(attempts), outcome.decode(), reply, text)
        )
    return endings


def _stats(task: str, answer: Sequence[Any]) -> JobStats:
    now, waiting, in_progress, workers, oldest, dead, flat, _ = answer
    counts = {key.decode(): int(value) for key, value in zip(flat[::2], flat[1::2], strict=True)}
    counts.pop("dead_bytes", None)
    return JobStats(
        task=task,
        waiting=int(waiting),
        in_progress=int(in_progress),
        dead_letters=int(dead),
        oldest_seconds=max(int(now) - int(oldest), 0) / 1e6 if int(oldest) else 0.0,
        bytes=counts.pop("bytes", 0),
        workers=int(workers),
        counts=counts,
    )
