"""The counters of the source, the answers to producers, and the ledger of the queue agree."""

from __future__ import annotations

import asyncio
import signal

import pytest
from redis.asyncio import Redis

from apps.local.redis_server import RedisServer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.messages import SourceState
from apps.runtime.connection import connect
from apps.runtime.service import Service
from apps.streams.source import SourceOptions
from apps.streams.source_spec import parse_source
from apps.streams.sources.factory import source_of
from apps.streams.stream import RunningStream
from apps.streams.stream_plan import StreamPlan
from apps.streams.stream_set import StreamSet
from tests.support.waiting import until

pytestmark = pytest.mark.redis

TASKS = ("face", "people")


def fast_stream(streams: StreamSet, policy: Policy) -> RunningStream:
    source = source_of(parse_source("synthetic:pattern?size=64x48&fps=400"), SourceOptions())
    return streams.add(StreamPlan(name="demo", tasks=TASKS, source=source, policy=policy))


async def disturb(server: RedisServer, redis: Redis) -> None:
    """Make Redis hang, pause and run out of memory while frames arrive."""
    server.signal(signal.SIGSTOP)
    await asyncio.sleep(1.0)
    server.signal(signal.SIGCONT)
    await redis.client_pause(600)
    await redis.ping()
    await redis.config_set("maxmemory", "1")
    await asyncio.sleep(0.3)
    await redis.config_set("maxmemory", "0")


@pytest.mark.parametrize("policy", list(Policy))
async def test_source_counters_and_ledger_agree_after_redis_failures(
    redis_server: RedisServer, policy: Policy
) -> None:
    redis = connect(redis_server.settings, name="streams", timeout=0.3)
    watcher = connect(redis_server.settings, name="test", timeout=5)
    streams = StreamSet(Service("streams"), redis, LiveSettings())
    beating = asyncio.create_task(streams.run())
    stream = fast_stream(streams, policy)
    queues = [FrameQueue(watcher, task) for task in TASKS]
    await until(lambda: all(info.pushed > 20 for info in stream.infos()))
    await disturb(redis_server, watcher)
    for queue in queues:  # make space for policy block
        await watcher.ltrim(f"queue_{queue.task}", -1, -1)
    before = [info.pushed for info in stream.infos()]
    await until(lambda: all(i.pushed > b for i, b in zip(stream.infos(), before, strict=True)))
    for queue in queues:
        await watcher.ltrim(f"queue_{queue.task}", -1, -1)
    await stream.stop()
    for info, queue in zip(stream.infos(), queues, strict=True):
        assert info.captured == info.pushed + sum(info.dropped.values())
        assert info.dropped.get("stopped", 0) == 0
        counters = (await queue.sweep()).streams["demo"]
        assert counters.pushed == info.pushed
        assert stream.state is not SourceState.ENDED
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    await redis.aclose()
    await watcher.aclose()
