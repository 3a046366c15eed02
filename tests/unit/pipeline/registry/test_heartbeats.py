"""Streams and workers are listed while they send heartbeats."""

from __future__ import annotations

from redis.asyncio import Redis

from apps.pipeline import keys
from apps.pipeline.messages import SourceState, StreamInfo, WorkerInfo, WorkerState
from apps.pipeline.registry.heartbeats import ALIVE_SECONDS, Registry
from apps.runtime.clock import RedisClock


class SteppedClock(RedisClock):
    """A clock that a test sets."""

    time = 1_000_000_000

    def now(self) -> int:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += int(seconds * 1_000_000)


def stream(name: str) -> StreamInfo:
    return StreamInfo(id=f"{name}:face", name=name, task="face", epoch=1, state=SourceState.LIVE)


async def test_a_stream_is_listed_while_it_sends_heartbeats(any_redis: Redis) -> None:
    clock = SteppedClock()
    registry = Registry(any_redis, clock)
    await registry.beat_stream(stream("a"))
    clock.sleep(2)
    await registry.beat_stream(stream("b"))
    clock.sleep(2)
    assert [info.name for info in await registry.streams()] == ["b"]
    await registry.beat_stream(stream("a"))
    assert [info.name for info in await registry.streams()] == ["a", "b"]


async def test_a_silent_worker_is_not_listed(any_redis: Redis) -> None:
    clock = SteppedClock()
    registry = Registry(any_redis, clock)
    await registry.beat_worker(WorkerInfo(id="w1", task="face", state=WorkerState.READY))
    assert [info.id for info in await registry.workers()] == ["w1"]
    clock.sleep(ALIVE_SECONDS + 0.1)
    assert await registry.workers() == []


async def test_a_removed_member_is_not_listed_from_then_on(any_redis: Redis) -> None:
    registry = Registry(any_redis, SteppedClock())
    await registry.beat_worker(WorkerInfo(id="w1", task="face", state=WorkerState.READY))
    await registry.beat_stream(stream("a"))
    await registry.remove_worker("w1")
    await registry.remove_stream("a:face")
    assert (await registry.workers(), await registry.streams()) == ([], [])


async def test_two_live_sources_of_one_name_are_shown_as_a_conflict(any_redis: Redis) -> None:
    registry = Registry(any_redis, SteppedClock())
    await registry.beat_stream(stream("a"))
    await registry.report_conflict("a:face")
    assert [info.conflict for info in await registry.streams()] == [True]


async def test_an_invalid_heartbeat_does_not_hide_others(any_redis: Redis) -> None:
    clock = SteppedClock()
    registry = Registry(any_redis, clock)
    await registry.beat_stream(stream("a"))
    await any_redis.zadd(keys.STREAMS, {"b:face": clock.now()})
    await any_redis.set(keys.stream("b:face"), b"\xc1")
    assert [info.name for info in await registry.streams()] == ["a"]
