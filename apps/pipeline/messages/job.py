"""A job, and its reply."""

from __future__ import annotations

from msgspec import Struct

from apps.pipeline.messages.result import Result
from apps.runtime.errors import JobReason

__all__ = [
    "Job",
    "JobReply",
]


class Job(Struct, frozen=True, kw_only=True):
    """One JPEG or PNG that somebody waits for: never dropped, acknowledged, answered once.

    Attributes:
        id: 32 hexadecimal digits; a repeated submission has the same.
        deadline_at: when nobody waits any more, microseconds of Redis' clock.
        reply_to: the client process that waits.
        attempts: how often it was handed to a worker, this time included.
    """

    id: str
    task: str
    data: bytes
    submitted_at: int
    deadline_at: int
    reply_to: str
    attempts: int = 0


class JobReply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a job: a result, or the reason and a sentence why there is none."""

    id: str
    result: Result | None = None
    reason: JobReason | None = None
    error: str = ""
