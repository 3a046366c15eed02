"""Restarts of Redis, and several gateways."""

from __future__ import annotations

import asyncio

from websockets.asyncio.client import connect

from apps.local.redis_server import RedisServer
from apps.pipeline import keys
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.messages import Frame, Result, wire
from apps.runtime.connection import UNREACHABLE
from apps.runtime.connection import connect as connect_redis
from tests.integration.gateway.conftest import (
    JPEG,
    Running,
    Start,
    World,
    listed,
    result,
    until,
)
from tests.support.waiting import promised


async def test_a_viewer_continues_when_redis_was_restarted(
    redis_server: RedisServer, start_gateway: Start
) -> None:
    redis = connect_redis(redis_server.settings, name="test")
    world = World(redis)
    world.add_stream("hall")
    world.add_worker()
    beating = asyncio.create_task(world.keep_beating())
    try:
        async with start_gateway(queue=redis_server.settings) as gateway:
            await until(lambda: listed(gateway, "hall:face"))
            async with connect(f"ws://{gateway.address}/hall:face") as socket:
                await asyncio.to_thread(redis_server.stop)
                await until(lambda: not_ready(gateway))
                await asyncio.to_thread(redis_server.start)
                await until(lambda: subscribed(world), seconds=promised(10))
                await world.publish(result("hall:face", 1))
                async with asyncio.timeout(30):
                    message = await socket.recv(decode=False)
                assert wire.decode(Result, message).sequence == 1
            await until(lambda: ready(gateway))
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await redis.aclose()


async def test_several_gateways_report_the_same_ledger(world: World, start_gateway: Start) -> None:
    queue = FrameQueue(world.redis, "face")
    world.add_stream("hall")
    async with start_gateway() as one, start_gateway() as other:
        for sequence in range(200):
            frame = Frame(name="hall", category="face", data=JPEG, sequence=sequence, epoch=1)
            await queue.push(frame)
            await asyncio.sleep(0.01)
        await until(lambda: booked(one, 200))
        await until(lambda: booked(other, 200))
        for gateway in (one, other):
            (books,) = (await gateway.get("/api/ledger"))["tasks"]
            assert (books["queued"], books["error"]) == (32, 0)


async def not_ready(gateway: Running) -> bool:
    return "redis" in gateway.service.health.reasons


async def ready(gateway: Running) -> bool:
    return gateway.service.health.ready


async def subscribed(world: World) -> bool:
    try:
        found = await world.redis.pubsub_numsub(keys.results("hall:face"))
    except UNREACHABLE:
        return False
    return bool(found[0][1])


async def booked(gateway: Running, pushed: int) -> bool:
    tasks = (await gateway.get("/api/ledger"))["tasks"]
    return bool(tasks and tasks[0]["pushed"] == pushed)
