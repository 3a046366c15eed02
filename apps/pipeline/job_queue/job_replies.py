"""The replies to one client for one task, read by one connection for all waiting callers.

Replies stay in the Redis stream until they were delivered here, so a lost answer is read again.
After an error, all waiting callers are woken, so that they check whether the queue knows their job.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.pipeline import keys
from apps.pipeline.messages import wire
from apps.pipeline.messages.job import JobReply
from apps.runtime import backoff, cancellation
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import JobReason, WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["Expected", "Replies"]

log = logging.getLogger(__name__)

#: Milliseconds for which one read waits.
_LISTEN_MS = 1000
#: Milliseconds for which a read waits that only checks whether Redis responds again.
_LOOK_MS = 1
#: Maximum number of replies per read.
_READ = 64


@dataclass(eq=False, slots=True)
class Expected:
    """A reply that a caller waits for."""

    reply: JobReply | None = None  #: None until it arrives
    #: set when the reply has arrived, or may not arrive after an error
    heard: asyncio.Event = field(default_factory=asyncio.Event)


class Replies:
    """Reads replies while callers wait for some."""

    def __init__(self, redis: Redis, task: str, client: str) -> None:
        self._redis = redis
        self._stream = keys.job_replies(task, client)
        self._expected: dict[str, Expected] = {}
        self._reader: asyncio.Task[None] | None = None

    def expect(self, job_id: str) -> Expected:
        """Start waiting for the reply to a job."""
        expected = self._expected[job_id] = Expected()
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        return expected

    def forget(self, job_id: str) -> None:
        """Stop waiting for the reply to a job."""
        self._expected.pop(job_id, None)

    async def close(self) -> None:
        """Stop reading. Expected replies no longer arrive."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        waits = backoff.delays(0.05, 1.0)
        doubt = False
        while self._expected:
            cancellation.heed()
            try:
                await self._read_once(_LOOK_MS if doubt else _LISTEN_MS)
            except UNREACHABLE as error:
                log.debug("reading replies failed: %s", error)
                doubt = True
                await asyncio.sleep(next(waits))
                continue
            if doubt:
                doubt, waits = False, backoff.delays(0.05, 1.0)
                for expected in self._expected.values():
                    expected.heard.set()

    async def _read_once(self, wait_ms: int) -> None:
        answer: Any = await self._redis.xread({self._stream: "0-0"}, _READ, wait_ms)
        entries = answer[0][1] if answer else []
        for _, fields in entries:
            job_id = fields[b"id"].decode()
            expected = self._expected.get(job_id)
            if expected is not None:
                expected.reply = _decode(job_id, fields[b"reply"])
                expected.heard.set()
        if entries:
            await self._redis.xdel(self._stream, *(entry for entry, _ in entries))


def _decode(job_id: str, message: bytes) -> JobReply:
    try:
        return wire.decode(JobReply, message)
    except WireError as error:
        return JobReply(id=job_id, reason=JobReason.FAILED, error=str(error))
