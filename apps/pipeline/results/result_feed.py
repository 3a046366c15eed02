"""Results on their way from workers to whoever listens: pub/sub, perishable, never queued.

Pixels ride along only while somebody asks for them: a gateway with such a viewer renews a watch on
the stream, workers look at the watches of the streams that they serve.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from apps.pipeline import keys
from apps.runtime import backoff, cancellation
from apps.runtime.connection import UNREACHABLE

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

__all__ = ["WATCH_SECONDS", "ResultFeed", "renew_watches", "watched"]

log = logging.getLogger(__name__)

#: A watch that is not renewed ends after this long.
WATCH_SECONDS = 3
#: How soon a silent feed notices that it should listen to other streams.
_NOTICE_SECONDS = 0.1


async def renew_watches(redis: Redis, stream_ids: Iterable[str]) -> None:
    """Ask the workers for the pixels of these streams for the next seconds."""
    pipeline = redis.pipeline(transaction=False)
    for stream_id in stream_ids:
        pipeline.set(keys.watch(stream_id), 1, ex=WATCH_SECONDS)
    await pipeline.execute()


async def watched(redis: Redis, stream_ids: Iterable[str]) -> set[str]:
    """Those of the streams that somebody wants pixels of."""
    asked = list(stream_ids)
    pipeline = redis.pipeline(transaction=False)
    for stream_id in asked:
        pipeline.exists(keys.watch(stream_id))
    answers = await pipeline.execute() if asked else []
    return {stream_id for stream_id, there in zip(asked, answers, strict=True) if there}


class ResultFeed:
    """One connection that listens to the results of a changing set of streams.

    `deliver` is called with stream id and MessagePack bytes of each `Result`. The feed survives
    Redis: it connects again and listens to the same streams.
    """

    def __init__(self, redis: Redis, deliver: Callable[[str, bytes], None]) -> None:
        self._redis = redis
        self._deliver = deliver
        self._wanted: set[str] = set()
        self._changed = asyncio.Event()

    def listen(self, stream_id: str) -> None:
        """Deliver this stream's results from now on."""
        self._wanted.add(stream_id)
        self._changed.set()

    def ignore(self, stream_id: str) -> None:
        """Deliver this stream's results no more."""
        self._wanted.discard(stream_id)
        self._changed.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        waits = backoff.delays(longest=2.0)
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await self._follow(pubsub)
            except UNREACHABLE as error:
                log.warning("results: %s; listening again soon", error)
                await asyncio.sleep(next(waits))
            else:
                waits = backoff.delays(longest=2.0)

    async def _follow(self, pubsub: PubSub) -> None:
        subscribed: set[str] = set()
        while True:
            cancellation.heed()
            if not subscribed and not self._wanted:
                self._changed.clear()
                await self._changed.wait()
            subscribed = await self._subscribe(pubsub, subscribed)
            if not subscribed:
                continue
            message = await pubsub.get_message(
                ignore_subscribe_messages=True, timeout=_NOTICE_SECONDS
            )
            if message is not None:
                channel = message["channel"].decode()
                self._deliver(channel.partition(":")[2], message["data"])

    async def _subscribe(self, pubsub: PubSub, subscribed: set[str]) -> set[str]:
        wanted = set(self._wanted)
        if wanted - subscribed:
            await pubsub.subscribe(*(keys.results(name) for name in wanted - subscribed))
        if subscribed - wanted:
            await pubsub.unsubscribe(*(keys.results(name) for name in subscribed - wanted))
        return wanted
