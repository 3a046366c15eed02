"""Subscribers get results; results have pictures only on demand."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from apps.local.redis_server import RedisServer
from apps.pipeline import keys
from apps.pipeline.results.result_feed import ResultFeed, renew_watches, watched
from apps.runtime.connection import connect


async def arrive(feed_queue: asyncio.Queue[tuple[str, bytes]]) -> tuple[str, bytes]:
    return await asyncio.wait_for(feed_queue.get(), 10)


async def publish_until_heard(redis: Redis, stream_id: str, data: bytes) -> None:
    async with asyncio.timeout(10):
        while not await redis.publish(keys.results(stream_id), data):
            await asyncio.sleep(0.02)


async def test_a_watch_requests_the_pictures_of_one_stream(any_redis: Redis) -> None:
    await renew_watches(any_redis, ["a:face"])
    assert await watched(any_redis, ["a:face", "b:face"]) == {"a:face"}
    assert 0 < await any_redis.pttl(keys.watch("a:face")) <= 3000


async def test_a_feed_delivers_the_streams_it_listens_to(real_redis: Redis) -> None:
    heard: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
    feed = ResultFeed(real_redis, lambda stream_id, data: heard.put_nowait((stream_id, data)))
    running = asyncio.create_task(feed.run())
    feed.listen("a%3A1:face")
    await publish_until_heard(real_redis, "a%3A1:face", b"one")
    assert await arrive(heard) == ("a%3A1:face", b"one")
    feed.listen("b:face")
    await publish_until_heard(real_redis, "b:face", b"two")
    assert await arrive(heard) == ("b:face", b"two")
    running.cancel()


async def test_a_feed_survives_a_restart_of_redis(redis_server: RedisServer) -> None:
    redis = connect(redis_server.settings, name="test")
    heard: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
    feed = ResultFeed(redis, lambda stream_id, data: heard.put_nowait((stream_id, data)))
    running = asyncio.create_task(feed.run())
    feed.listen("a:face")
    await publish_until_heard(redis, "a:face", b"before")
    assert await arrive(heard) == ("a:face", b"before")
    redis_server.stop()
    redis_server.start()
    again = connect(redis_server.settings, name="test")
    async with asyncio.timeout(10):
        while heard.empty():
            await again.publish(keys.results("a:face"), b"after")
            await asyncio.sleep(0.05)
    assert await arrive(heard) == ("a:face", b"after")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await redis.aclose()
    await again.aclose()
