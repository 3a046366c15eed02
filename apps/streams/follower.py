"""Brings the streams of this process in line with the streams that were asked for at run time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from apps.pipeline.registry.control import StreamWanted
from apps.pipeline.registry.wanted_streams import WantedStreams
from apps.runtime import cancellation
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import ElasticError
from apps.streams.stream import StreamPlan
from apps.streams.stream_set import StreamSet

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["Follower"]

log = logging.getLogger(__name__)

#: Seconds between two looks at the list.
_LOOK_SECONDS = 1.0


class Follower:
    """Starts, pauses, restarts and removes streams as the list of wanted streams says."""

    def __init__(
        self, redis: Redis, streams: StreamSet, plan_of: Callable[[StreamWanted], StreamPlan]
    ) -> None:
        """Make it.

        Args:
            redis: where the list is.
            streams: of this process.
            plan_of: what a wanted stream is made of; may raise `ElasticError`.
        """
        self._wanted = WantedStreams(redis)
        self._streams = streams
        self._plan_of = plan_of
        self._following: dict[str, StreamWanted] = {}

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            cancellation.heed()
            try:
                wanted = await self._wanted.all()
            except UNREACHABLE as error:
                log.debug("wanted streams: %s", error)  # the heartbeat says it aloud
            else:
                await self.follow(wanted)
            await asyncio.sleep(_LOOK_SECONDS)

    async def follow(self, wanted: list[StreamWanted]) -> None:
        """Bring the streams in line with the list."""
        names = {stream.name for stream in wanted}
        for name in self._following.keys() - names:
            del self._following[name]
            await self._streams.remove(name)
        for stream in wanted:
            before = self._following.get(stream.name)
            if before != stream:
                self._following[stream.name] = stream
                await self._change(before, stream)

    async def _change(self, before: StreamWanted | None, now: StreamWanted) -> None:
        running = self._streams.streams.get(now.name)
        if before is None or running is None or not _same_but_paused(before, now):
            if before is not None:
                await self._streams.remove(now.name)
            try:
                running = self._streams.add(self._plan_of(now))
            except ElasticError as error:
                log.error("%s cannot be started: %s", now.name, error)
                return
        if now.paused:
            running.pause()
        else:
            running.resume()


def _same_but_paused(before: StreamWanted, now: StreamWanted) -> bool:
    return msgspec.structs.replace(before, paused=now.paused, revision=now.revision) == now
