"""Streams that admins add at run time: the gateway stores the list, a streams service runs it.

One streams service is configured to run the wanted streams. It reads the list once per second. It
starts new names and restarts names with a new `revision`. If a stream is `paused`, it closes the
source and sends heartbeats with the state `paused`. If a name was removed, it stops the source and
removes its streams from the registry. It opens only addresses that `addresses.refusal` allows, and
checks again at every opening.
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
    """The list of wanted streams, one per name.

    All methods raise `redis.RedisError` if Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def all(self) -> list[StreamWanted]:
        """All wanted streams, sorted by name; invalid entries are logged and omitted."""
        found = []
        messages: Any = await self._redis.hgetall(keys.WANTED)
        for name, message in sorted(messages.items()):
            try:
                found.append(wire.decode(StreamWanted, message))
            except WireError as error:
                log.warning("invalid wanted stream %r: %s", name.decode(errors="replace"), error)
        return found

    async def get(self, name: str) -> StreamWanted | None:
        """The wanted stream with this name; None if there is none.

        Raises:
            WireError: the stored entry is invalid.
        """
        message: Any = await self._redis.hget(keys.WANTED, name)
        return None if message is None else wire.decode(StreamWanted, message)

    async def add(self, wanted: StreamWanted) -> bool:
        """Add a stream unless its name is in use; whether it was added."""
        first = msgspec.structs.replace(wanted, revision=await self._next())
        return bool(await self._redis.hsetnx(keys.WANTED, wanted.name, wire.encode(first)))

    async def replace(self, wanted: StreamWanted) -> StreamWanted:
        """Store a new version of a stream, and return it with its new revision."""
        newer = msgspec.structs.replace(wanted, revision=await self._next())
        await self._redis.hset(keys.WANTED, wanted.name, wire.encode(newer))
        return newer

    async def remove(self, name: str) -> bool:
        """Remove a stream; whether it existed."""
        return bool(await self._redis.hdel(keys.WANTED, name))

    async def _next(self) -> int:
        return int(await self._redis.incr(keys.WANTED_REVISION))
