"""Dead letters of one task: failed jobs, kept for a limited time for an admin to inspect.

`job_end.lua` writes them and bounds them in items, bytes and age. A list carries no pictures, so
that looking through the letters costs little; one picture is read on request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.pipeline import keys, redis_script
from apps.pipeline.messages import wire
from apps.pipeline.messages.job import Job
from apps.pipeline.redis_script import ScriptCall
from apps.runtime.errors import WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["MAX_PAGE", "DeadLetter", "DeadLetters"]

#: Letters in one page at most: a script call does a bounded number of steps.
MAX_PAGE = 100

_LIST = redis_script.load(__package__, "job", "job_letters")
_DISCARD = redis_script.load(__package__, "job", "job_discard")


@dataclass(frozen=True)
class DeadLetter:
    """A job that was given up, without its picture."""

    id: str  #: of the letter; later letters have larger ids
    job_id: str  #: of the job
    reason: str  #: why the last attempt failed, one sentence
    attempts: int  #: how often the job was tried
    at: int  #: when it was given up, microseconds of Redis' clock
    bytes: int  #: size of the job, its picture included


class DeadLetters:
    """Lists, reads and discards the dead letters of one task."""

    def __init__(self, redis: Redis, task: str) -> None:
        self._redis = redis
        self._keys = keys.job_keys(task)
        self._stream = self._keys[1 + keys.JOB_PARTS.index("dead")]

    async def page(self, count: int = 20, before: str = "") -> list[DeadLetter]:
        """The latest letters, newest first.

        Args:
            count: letters at most, 1 to `MAX_PAGE`.
            before: only letters older than this id; empty for the newest.

        Raises:
            redis.RedisError: Redis did not answer, or `before` is not an id of a letter.
        """
        newest = f"({before}" if before else "+"
        call = ScriptCall(_LIST, self._keys, [newest, min(max(count, 1), MAX_PAGE)])
        found: list[Any] = await redis_script.run(self._redis, call)
        return [
            DeadLetter(
                id=entry.decode(),
                job_id=job_id.decode(errors="replace"),
                reason=reason.decode(errors="replace"),
                attempts=int(attempts),
                at=int(entry.partition(b"-")[0]) * 1000,
                bytes=int(size),
            )
            for entry, job_id, reason, attempts, size in found
        ]

    async def read(self, identity: str) -> Job | None:
        """The job of a letter; None if there is no such letter or its bytes are unreadable.

        Raises:
            redis.RedisError: Redis did not answer, or the id is malformed.
        """
        found: Any = await self._redis.xrange(self._stream, identity, identity)
        if not found:
            return None
        try:
            return wire.decode(Job, found[0][1][b"job"])
        except (WireError, KeyError):
            return None

    async def discard(self, identity: str) -> bool:
        """Delete a letter; whether it was there.

        Raises:
            redis.RedisError: Redis did not answer, or the id is malformed.
        """
        return bool(
            await redis_script.run(self._redis, ScriptCall(_DISCARD, self._keys, [identity]))
        )
