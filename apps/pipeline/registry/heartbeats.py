"""The registry of live streams and workers, by heartbeat.

Members send a heartbeat once per second. A member that was silent for `ALIVE_SECONDS` is no longer
listed. No process can remove another one's members, so replicas cannot hide each other's streams.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from apps.pipeline import keys
from apps.pipeline.messages import StreamInfo, WorkerInfo, wire
from apps.runtime.clock import RedisClock
from apps.runtime.errors import WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["ALIVE_SECONDS", "BEAT_SECONDS", "Registry"]

log = logging.getLogger(__name__)

T = TypeVar("T", StreamInfo, WorkerInfo)

#: Seconds between two heartbeats.
BEAT_SECONDS = 1.0
#: Seconds of silence after which a member is no longer listed: a little more than three heartbeats.
ALIVE_SECONDS = 3.5
#: Seconds after which the last heartbeat of a silent member is deleted.
FORGET_SECONDS = 60


class Registry:
    """Heartbeats of streams and workers."""

    def __init__(self, redis: Redis, clock: RedisClock) -> None:
        self._redis = redis
        self._clock = clock

    async def beat_stream(self, info: StreamInfo) -> None:
        """Send the heartbeat of a stream."""
        await self._beat(keys.STREAMS, info.id, keys.stream(info.id), wire.encode(info))

    async def beat_worker(self, info: WorkerInfo) -> None:
        """Send the heartbeat of a worker."""
        await self._beat(keys.WORKERS, info.id, keys.worker(info.id), wire.encode(info))

    async def report_conflict(self, stream_id: str) -> None:
        """Record that the queue refused a frame because another live source uses the name."""
        await self._redis.set(keys.conflict(stream_id), 1, px=int(ALIVE_SECONDS * 1000))

    async def remove_stream(self, stream_id: str) -> None:
        """Remove a stream at once, without waiting for its silence."""
        await self._remove(keys.STREAMS, stream_id, keys.stream(stream_id))

    async def remove_worker(self, incarnation: str) -> None:
        """Remove a worker at once, without waiting for its silence."""
        await self._remove(keys.WORKERS, incarnation, keys.worker(incarnation))

    async def streams(self) -> list[StreamInfo]:
        """All live streams, sorted by id; `conflict` is set if two sources share the name."""
        found = await self._members(keys.STREAMS, keys.stream, StreamInfo)
        pipeline = self._redis.pipeline(transaction=False)
        for info in found:
            pipeline.exists(keys.conflict(info.id))
        conflicts = await pipeline.execute() if found else []
        return [
            msgspec.structs.replace(info, conflict=info.conflict or bool(conflict))
            for info, conflict in zip(found, conflicts, strict=True)
        ]

    async def workers(self) -> list[WorkerInfo]:
        """All live workers, sorted by incarnation."""
        return await self._members(keys.WORKERS, keys.worker, WorkerInfo)

    async def _beat(self, members: str, member: str, key: str, message: bytes) -> None:
        now = self._clock.now()
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(key, message, ex=FORGET_SECONDS)
        pipeline.zadd(members, {member: now})
        pipeline.zremrangebyscore(members, 0, now - FORGET_SECONDS * 1_000_000)
        await pipeline.execute()

    async def _remove(self, members: str, member: str, key: str) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.delete(key)
        pipeline.zrem(members, member)
        await pipeline.execute()

    async def _members(self, members: str, key_of: keys.KeyOf, kind: type[T]) -> list[T]:
        since = self._clock.now() - int(ALIVE_SECONDS * 1_000_000)
        names: Any = await self._redis.zrangebyscore(members, since, "+inf")
        pipeline = self._redis.pipeline(transaction=False)
        for name in sorted(names):
            pipeline.get(key_of(name.decode()))
        found = await pipeline.execute() if names else []
        return [info for message in found if (info := _read(kind, message)) is not None]


def _read(kind: type[T], message: bytes | None) -> T | None:
    """The heartbeat; None if it has expired or is invalid: it must not hide the others."""
    if message is None:
        return None
    try:
        return wire.decode(kind, message)
    except WireError as error:
        log.warning("invalid heartbeat: %s", error)
        return None
