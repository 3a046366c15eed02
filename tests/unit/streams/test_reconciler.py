"""Streams that are added and changed at run time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from apps.pipeline.live_queue.settings import LiveSettings
from apps.pipeline.messages import SourceState
from apps.pipeline.registry.control import StreamWanted
from apps.runtime.errors import SourceError
from apps.runtime.service import Service
from apps.streams.reconciler import StreamReconciler
from apps.streams.stream import RunningStream
from apps.streams.stream_plan import StreamPlan
from apps.streams.stream_set import StreamSet
from tests.support.fake_source import FakeSource
from tests.support.waiting import until

DOOR = StreamWanted(name="door", tasks=("face",), source="camera:0", revision=1)


class Bench:
    """A reconciler whose plans have fake cameras."""

    def __init__(self, redis: Redis) -> None:
        self.streams = StreamSet(Service("streams"), redis, LiveSettings())
        self.reconciler = StreamReconciler(redis, self.streams, self.plan)
        self.made: list[FakeSource] = []

    def plan(self, wanted: StreamWanted) -> StreamPlan:
        if wanted.source == "invalid":
            raise SourceError("invalid source")
        self.made.append(FakeSource())
        return StreamPlan(name=wanted.name, tasks=wanted.tasks, source=self.made[-1])

    @property
    def door(self) -> RunningStream:
        return self.streams.streams["door"]


@pytest.fixture
async def bench(any_redis: Redis) -> AsyncIterator[Bench]:
    made = Bench(any_redis)
    yield made
    await made.streams.close()


async def test_a_wanted_stream_is_started_once(bench: Bench) -> None:
    await bench.reconciler.apply([DOOR])
    first = bench.door
    await bench.reconciler.apply([DOOR])
    assert bench.door is first


async def test_a_changed_stream_is_restarted(bench: Bench) -> None:
    await bench.reconciler.apply([DOOR])
    changed = msgspec.structs.replace(DOOR, source="camera:1", revision=2)
    first = bench.door
    await bench.reconciler.apply([changed])
    assert bench.door is not first
    assert len(bench.made) == 2


async def test_a_paused_stream_is_closed_and_not_restarted(bench: Bench) -> None:
    await bench.reconciler.apply([DOOR])
    first = bench.door
    await bench.reconciler.apply([msgspec.structs.replace(DOOR, paused=True, revision=2)])
    assert (bench.door, bench.door.state) == (first, SourceState.PAUSED)
    await bench.reconciler.apply([msgspec.structs.replace(DOOR, revision=3)])
    bench.made[0].give()
    await until(lambda: bench.door.state is SourceState.LIVE)
    assert bench.door is first


async def test_a_stream_that_is_added_paused_is_never_opened(bench: Bench) -> None:
    await bench.reconciler.apply([msgspec.structs.replace(DOOR, paused=True)])
    assert bench.door.state is SourceState.PAUSED
    assert bench.made[0].opened == 0


async def test_a_stream_that_is_no_longer_wanted_is_removed(bench: Bench) -> None:
    await bench.reconciler.apply([DOOR])
    await bench.reconciler.apply([])
    assert bench.streams.streams == {}


async def test_a_stream_that_cannot_be_started_does_not_stop_the_others(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bad = StreamWanted(name="bad", tasks=("face",), source="invalid", revision=2)
    await bench.reconciler.apply([bad, DOOR])
    await bench.reconciler.apply([bad, DOOR])
    assert list(bench.streams.streams) == ["door"]
    assert caplog.text.count("invalid source") == 1


async def test_the_stream_of_the_settings_is_left_alone(bench: Bench) -> None:
    bench.streams.add(bench.plan(msgspec.structs.replace(DOOR, name="own")))
    await bench.reconciler.apply([DOOR])
    await bench.reconciler.apply([])
    assert list(bench.streams.streams) == ["own"]
