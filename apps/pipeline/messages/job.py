"""A job and its reply."""

from __future__ import annotations

from msgspec import Struct

from apps.pipeline.messages.result import Result
from apps.runtime.errors import JobReason

__all__ = ["Job", "JobReply"]


class Job(Struct, frozen=True, kw_only=True):
    """One picture whose client waits for the result: never dropped, answered exactly once."""

    id: str  #: 32 hexadecimal digits; a repeated submission has the same id
    task: str  #: task name
    data: bytes  #: JPEG or PNG file
    submitted_at: int  #: time of submission, microseconds of Redis' clock
    deadline_at: int  #: the client stops waiting at this time, microseconds of Redis' clock
    reply_to: str  #: id of the client process
    attempts: int = 0  #: number of deliveries to a worker, including the current one


class JobReply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The end of a job: a result, or the reason and a sentence that explains it."""

    id: str  #: job id
    result: Result | None = None  #: the result; None if there is none
    reason: JobReason | None = None  #: why there is no result; None if there is one
    error: str = ""  #: explanation, one sentence; empty if there is a result
