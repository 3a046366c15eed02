"""Subscribe to results over pub/sub. Results are not queued.

Results contain the picture only on demand: a gateway renews a watch on each stream whose pictures
its viewers need, and workers check the watches of the streams that they serve.
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

#: Seconds after which a watch expires unless it is renewed.
WATCH_SECONDS = 3
#: Seconds after which a feed without messages applies a change of its subscriptions.
_NOTICE_SECONDS = 0.1


async def renew_watches(redis: Redis, stream_ids: Iterable[str]) -> None:
    """Ask the workers to include pictures in the results of these streams for a few seconds."""
    pipeline = redis.pipeline(transaction=False)
    for stream_id in stream_ids:
        pipeline.set(keys.watch(stream_id), 1, ex=WATCH_SECONDS)
    await pipeline.execute()


async def watched(redis: Redis, stream_ids: Iterable[str]) -> set[str]:
    """The streams among these whose results must contain pictures."""
    asked = list(stream_ids)
    pipeline = redis.pipeline(transaction=False)
    for stream_id in asked:
        pipeline.exists(keys.watch(stream_id))
    answers = await pipeline.execute() if asked else []
    return {stream_id for stream_id, there in zip(asked, answers, strict=True) if there}


class ResultFeed:
    """One connection that subscribes to the results of a changing set of streams.

    It calls `deliver` with the stream id and the MessagePack bytes of each `Result`. After a loss
    of the connection, it reconnects and subscribes to the same streams.
    """

    def __init__(self, redis: Redis, deliver: Callable[[str, bytes], None]) -> None:
        self._redis = redis
        self._deliver = deliver
        self._wanted: set[str] = set()
        self._changed = asyncio.Event()

    def listen(self, stream_id: str) -> None:
        """Start delivering the results of a stream."""
        self._wanted.add(stream_id)
        self._changed.set()

    def ignore(self, stream_id: str) -> None:
        """Stop delivering the results of a stream."""
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
                log.warning("results: %s; reconnecting", error)
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
