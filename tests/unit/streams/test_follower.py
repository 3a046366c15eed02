"""Streams that are asked for at run time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.messages import SourceState
from apps.pipeline.registry.control import StreamWanted
from apps.runtime.errors import SourceError
from apps.runtime.service import Service
from apps.streams.follower import Follower
from apps.streams.stream import Stream, StreamPlan
from apps.streams.stream_set import StreamSet
from tests.unit.streams.fake_source import FakeSource
from tests.waiting import until

DOOR = StreamWanted(name="door", tasks=("face",), source="camera:0", revision=1)


class House:
    """A follower whose plans are made of fake cameras."""

    def __init__(self, redis: Redis) -> None:
        self.streams = StreamSet(Service("streams"), redis, LiveSettings())
        self.follower = Follower(redis, self.streams, self.plan)
        self.made: list[FakeSource] = []

    def plan(self, wanted: StreamWanted) -> StreamPlan:
        if wanted.source == "nonsense":
            raise SourceError("no source")
        self.made.append(FakeSource())
        pushes = self.streams.pushes(wanted.tasks, Policy.OLDEST)
        return StreamPlan(name=wanted.name, source=self.made[-1], pushes=pushes)

    @property
    def door(self) -> Stream:
        return self.streams.streams["door"]


@pytest.fixture
async def house(any_redis: Redis) -> AsyncIterator[House]:
    made = House(any_redis)
    yield made
    await made.streams.close()


async def test_a_wanted_stream_is_started_once(house: House) -> None:
    await house.follower.follow([DOOR])
    first = house.door
    await house.follower.follow([DOOR])
    assert house.door is first


async def test_a_changed_one_is_started_anew(house: House) -> None:
    await house.follower.follow([DOOR])
    changed = msgspec.structs.replace(DOOR, source="camera:1", revision=2)
    first = house.door
    await house.follower.follow([changed])
    assert house.door is not first
    assert len(house.made) == 2


async def test_a_paused_one_is_closed_and_not_started_anew(house: House) -> None:
    await house.follower.follow([DOOR])
    first = house.door
    await house.follower.follow([msgspec.structs.replace(DOOR, paused=True, revision=2)])
    assert (house.door, house.door.state) == (first, SourceState.PAUSED)
    await house.follower.follow([msgspec.structs.replace(DOOR, revision=3)])
    house.made[0].give()
    await until(lambda: house.door.state is SourceState.LIVE)
    assert house.door is first


async def test_one_that_was_paused_from_the_beginning_is_never_opened(house: House) -> None:
    await house.follower.follow([msgspec.structs.replace(DOOR, paused=True)])
    assert house.door.state is SourceState.PAUSED
    assert house.made[0].opened == 0


async def test_one_that_is_no_longer_wanted_is_removed(house: House) -> None:
    await house.follower.follow([DOOR])
    await house.follower.follow([])
    assert house.streams.streams == {}


async def test_one_that_cannot_be_started_does_not_stop_the_others(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    bad = StreamWanted(name="bad", tasks=("face",), source="nonsense", revision=2)
    await house.follower.follow([bad, DOOR])
    await house.follower.follow([bad, DOOR])
    assert list(house.streams.streams) == ["door"]
    assert caplog.text.count("no source") == 1


async def test_streams_of_the_process_itself_are_left_alone(house: House) -> None:
    house.streams.add(house.plan(msgspec.structs.replace(DOOR, name="own")))
    await house.follower.follow([DOOR])
    await house.follower.follow([])
    assert list(house.streams.streams) == ["own"]
