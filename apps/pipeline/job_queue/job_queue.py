"""The job queue of one task: acknowledged, never dropped, bounded by making the producer wait.

A job ends exactly once: done, failed, poisoned (a dead letter), expired or withdrawn, and its
client gets one reply. The scripts (`lua/job*.lua`) do everything that must be atomic; this module
gives them types. Who submits uses `JobClient` (`job_client.py`), who works uses `JobConsumer`
(`job_consumer.py`), and the gateway sweeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.pipeline import keys, redis_script
from apps.pipeline.job_queue.settings import JobSettings
from apps.pipeline.messages import Job, JobReply, wire
from apps.pipeline.redis_script import ScriptCall
from apps.runtime.errors import JobReason

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = [
    "Ending",
    "JobQueue",
    "JobStats",
    "end_call",
    "overdue",
    "submit_call",
]

_SUBMIT = redis_script.load(__package__, "job", "job_submit")
_SWEEP = redis_script.load(__package__, "job", "job_sweep")
_END = redis_script.load(__package__, "job", "job_end")


@dataclass(frozen=True, slots=True)
class Ending:
    """What somebody says about a job; repeated until Redis has booked it.

    Attributes:
        by: the consumer or client that says so.
        id: job id.
        reply_to: its client.
        attempts: of the job in the speaker's hands.
        outcome: `done`, `failed`, `poisoned`, `expired`, `withdrawn` or `retry`.
        reply: what the client gets; for `retry`, if that was the last try; None for nothing.
        reason: one sentence for the dead letter.
    """

    by: str
    id: str
    reply_to: str
    attempts: int
    outcome: str
    reply: JobReply | None = None
    reason: str = ""


@dataclass(frozen=True)
class JobStats:
    """How the jobs of one task are doing at one moment.

    Attributes:
        task: task name.
        waiting: jobs that nobody works on.
        in_progress: jobs in the hands of workers.
        dead_letters: jobs given up and kept to be looked at.
        oldest_seconds: age of the oldest job that has not ended; 0 without one.
        bytes: of the jobs that have not ended.
        workers: consumers heard of in the last seconds.
        counts: since the data set began: `submitted`, and how jobs ended: `done`, `failed`,
            `poisoned`, `expired`, `withdrawn`; beside them `retried`, `redelivered` (a worker
            died), `late` (work done twice), `foreign` (entries that are no jobs, removed).
    """

    task: str
    waiting: int
    in_progress: int
    dead_letters: int
    oldest_seconds: float
    bytes: int
    workers: int
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def error(self) -> int:
        """Jobs that the books cannot account for: 0."""
        ends = ("done", "failed", "poisoned", "expired", "withdrawn")
        ended = sum(self.counts.get(outcome, 0) for outcome in ends)
        return self.counts.get("submitted", 0) - ended - self.waiting - self.in_progress


class JobQueue:
    """The job queue of one task, as the gateway and operators use it."""

    def __init__(self, redis: Redis, task: str, settings: JobSettings | None = None) -> None:
        self.task = task
        self._redis = redis
        self._settings = settings or JobSettings()

    async def sweep(self) -> JobStats:
        """Answer and remove the jobs whose deadline has passed, and say how the others are doing.

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
    """The script call that submits a job, or asks whether there is room for it.

    Args:
        job: its data are not looked at.
        size: bytes of its message.
        message: the job as MessagePack; empty to ask.
        settings: the bounds.
    """
    names = [*keys.job_keys(job.task), keys.job_ended(job.task, job.id)]
    arguments: list[bytes | str | int] = [
        job.id, job.deadline_at, job.reply_to, size, message,
        settings.jobs_items, settings.jobs_bytes, settings.job_bytes,
    ]  # fmt: skip
    return ScriptCall(_SUBMIT, names, arguments)


def end_call(task: str, ending: Ending, settings: JobSettings) -> ScriptCall:
    """The script call that books an ending."""
    own = [keys.job_replies(task, ending.reply_to), keys.job_ended(task, ending.id)]
    reply = wire.encode(ending.reply) if ending.reply is not None else b""
    arguments: list[bytes | str | int] = [
        ending.by, ending.id, ending.attempts, ending.outcome, reply, ending.reason,
        settings.job_attempts, int(settings.job_reply * 1000), settings.dead_letters,
        settings.dead_letter_bytes, int(settings.dead_letter_hours * 3_600_000),
    ]  # fmt: skip
    return ScriptCall(_END, [*keys.job_keys(task), *own], arguments)


def overdue(found: Sequence[Any], by: str, settings: JobSettings) -> list[Ending]:
    """The endings of jobs that a script found to be over: expired, or poisoned by dead workers."""
    endings = []
    for job_id, reply_to, outcome, attempts in found:
        text = f"{settings.job_attempts} workers died while they had it"
        reason = JobReason.POISON
        if outcome == b"expired":
            text, reason = "its deadline passed", JobReason.TIMED_OUT
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
