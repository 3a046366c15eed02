"""Streams that were asked for at run time: the gateway writes them down, the streams service obeys.

**Who follows** (one streams service that was told to; see `WantedStreams.all`) reads the list once
a second and brings what it runs in line with it: an unknown name is started, a name whose
`revision` changed is started anew, one that is `paused` is closed but keeps beating with the state
`paused`, and a name that is gone is stopped and its streams removed from the registry. Sources open
only addresses that `addresses.refusal` lets through, looked at again at every opening.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec

from apps.pipeline import keys
from apps.pipeline.messages import wire
from apps.pipeline.registry.control import StreamWanted
from apps.runtime.errors import WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["WantedStreams"]

log = logging.getLogger(__name__)


class WantedStreams:
    """The list of wanted streams, one per name."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def all(self) -> list[StreamWanted]:
        """Every wanted stream, by name; what cannot be read is left out and logged.

        Raises:
            redis.RedisError: no answer; keep running what runs.
        """
        found = []
        messages: Any = await self._redis.hgetall(keys.WANTED)
        for name, message in sorted(messages.items()):
            try:
                found.append(wire.decode(StreamWanted, message))
            except WireError as error:
                log.warning("wanted stream %r: %s", name.decode(errors="replace"), error)
        return found

    async def get(self, name: str) -> StreamWanted | None:
        """The wanted stream of that name.

        Raises:
            redis.RedisError: no answer.
            WireError: what is stored is not a wanted stream.
        """
        message: Any = await self._redis.hget(keys.WANTED, name)
        return None if message is None else wire.decode(StreamWanted, message)

    async def add(self, wanted: StreamWanted) -> bool:
        """Ask for a stream; whether its name was free.

        Raises:
            redis.RedisError: no answer.
        """
        first = msgspec.structs.replace(wanted, revision=await self._next())
        return bool(await self._redis.hsetnx(keys.WANTED, wanted.name, wire.encode(first)))

    async def replace(self, wanted: StreamWanted) -> StreamWanted:
        """Ask for it in this form from now on; the form with its new revision.

        Raises:
            redis.RedisError: no answer.
        """
        newer = msgspec.structs.replace(wanted, revision=await self._next())
        await self._redis.hset(keys.WANTED, wanted.name, wire.encode(newer))
        return newer

    async def remove(self, name: str) -> bool:
        """Ask for it no more; whether it was there.

        Raises:
            redis.RedisError: no answer.
        """
        return bool(await self._redis.hdel(keys.WANTED, name))

    async def _next(self) -> int:
        return int(await self._redis.incr(keys.WANTED_REVISION))
