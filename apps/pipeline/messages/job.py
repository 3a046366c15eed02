"""A job and its reply."""

from __future__ import annotations

from msgspec import Struct

from apps.pipeline.messages.result import Result
from apps.runtime.errors import JobReason

__all__ = ["Job", "JobReply"]


class Job(Struct, frozen=True, kw_only=True):
    """One picture whose client waits for the result: never dropped, answered exactly once.

    Attributes:
        id: 32 hexadecimal digits; a repeated submission has the same id.
        task: task name.
        data: JPEG or PNG file.
        submitted_at: time of submission, microseconds of Redis' clock.
        deadline_at: the client stops waiting at this time, microseconds of Redis' clock.
        reply_to: id of the client process.
        attempts: number of deliveries to a worker, including the current one.
    """

    id: str
    task: str
    data: bytes
    submitted_at: int
    deadline_at: int
    reply_to: str
    attempts: int = 0


class JobReply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The end of a job: a result, or the reason and a sentence that explains it.

    Attributes:
        id: job id.
        result: the result; None if there is none.
        reason: why there is no result; None if there is one.
        error: explanation, one sentence; empty if there is a result.
    """

    id: str
    result: Result | None = None
    reason: JobReason | None = None
    error: str = ""
