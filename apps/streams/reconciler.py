"""Brings the running streams in line with the streams that were added through the gateway."""

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
from apps.streams.stream_plan import StreamPlan

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from apps.streams.stream_set import StreamSet

__all__ = ["StreamReconciler"]

log = logging.getLogger(__name__)

#: Seconds between two reads of the list.
_READ_SECONDS = 1.0


class StreamReconciler:
    """Starts, pauses, restarts and removes streams to match the list of wanted streams."""

    def __init__(
        self, redis: Redis, streams: StreamSet, plan_of: Callable[[StreamWanted], StreamPlan]
    ) -> None:
        """`plan_of` makes the plan of a wanted stream; it may raise `ElasticError`."""
        self._wanted = WantedStreams(redis)
        self._streams = streams
        self._plan_of = plan_of
        self._applied: dict[str, StreamWanted] = {}

    async def run(self) -> None:
        """Read and apply the list every second until cancelled."""
        while True:
            cancellation.heed()
            try:
                wanted = await self._wanted.all()
            except UNREACHABLE as error:
                log.debug("wanted streams: %s", error)  # the heartbeat reports it
            else:
                await self.apply(wanted)
            await asyncio.sleep(_READ_SECONDS)

    async def apply(self, wanted: list[StreamWanted]) -> None:
        """Bring the streams in line with the list."""
        names = {stream.name for stream in wanted}
        for name in self._applied.keys() - names:
            del self._applied[name]
            await self._streams.remove(name)
        for stream in wanted:
            before = self._applied.get(stream.name)
            if before != stream:
                self._applied[stream.name] = stream
                await self._change(before, stream)

    async def _change(self, before: StreamWanted | None, now: StreamWanted) -> None:
        running = self._streams.streams.get(now.name)
        if before is None or running is None or not _same_except_paused(before, now):
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


def _same_except_paused(before: StreamWanted, now: StreamWanted) -> bool:
    return msgspec.structs.replace(before, paused=now.paused, revision=now.revision) == now
