"""One client's replies of one task, read by one connection however many calls wait.

Replies stay in the stream until they were delivered here, so an answer of Redis that was lost is
asked for again. After such a doubt every waiting call is woken, to see whether its job is known.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from apps.pipeline import keys
from apps.pipeline.messages import JobReply, wire
from apps.runtime import backoff, cancellation
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import JobReason, WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["Expected", "Replies"]

log = logging.getLogger(__name__)

#: Milliseconds that the reader waits in one command.
_LISTEN_MS = 1000
#: The same, when all that it wants to know is whether Redis answers again.
_LOOK_MS = 1
#: Replies read in one command.
_READ = 64


class Expected:
    """A reply that somebody waits for.

    Attributes:
        reply: once it is here.
        heard: set when the reply is here, or when there is doubt whether it will come.
    """

    def __init__(self) -> None:
        self.reply: JobReply | None = None
        self.heard = asyncio.Event()


class Replies:
    """Reads while replies are expected."""

    def __init__(self, redis: Redis, task: str, client: str) -> None:
        self._redis = redis
        self._stream = keys.job_replies(task, client)
        self._expected: dict[str, Expected] = {}
        self._reader: asyncio.Task[None] | None = None

    def expect(self, job_id: str) -> Expected:
        """Deliver the reply to this job from now on."""
        expected = self._expected[job_id] = Expected()
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        return expected

    def forget(self, job_id: str) -> None:
        """Nobody waits for this reply any more."""
        self._expected.pop(job_id, None)

    async def close(self) -> None:
        """Stop reading; what is still expected never comes."""
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
                log.debug("replies cannot be read: %s", error)
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
