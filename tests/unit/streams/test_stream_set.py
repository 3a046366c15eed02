"""The streams of one process, as the registry, health and the queues see them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.messages import SourceState, StreamInfo
from apps.pipeline.registry.heartbeats import Registry
from apps.runtime.clock import RedisClock
from apps.runtime.errors import SourceError, WireError
from apps.runtime.service import Service
from apps.streams.stream import StreamPlan
from apps.streams.stream_set import StreamSet
from tests.unit.streams.fake_source import FakeSource
from tests.waiting import until


class House:
    """A stream set on a Redis, with fake cameras."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.service = Service("streams")
        self.service.health.met("start")
        self.streams = StreamSet(self.service, redis, LiveSettings())
        self.cameras: dict[str, FakeSource] = {}

    def add(self, name: str, *tasks: str, policy: Policy = Policy.OLDEST) -> FakeSource:
        camera = self.cameras[name] = FakeSource()
        pushes = self.streams.pushes(tasks or ("face",), policy)
        self.streams.add(StreamPlan(name=name, source=camera, pushes=pushes, policy=policy))
        return camera

    async def registered(self) -> list[StreamInfo]:
        await self.streams.beat()
        clock = RedisClock()
        await clock.synchronise(self.redis)
        return await Registry(self.redis, clock).streams()

    async def live(self, name: str) -> None:
        self.cameras[name].give()
        await until(lambda: self.streams.streams[name].state is SourceState.LIVE)


@pytest.fixture
async def house(any_redis: Redis) -> AsyncIterator[House]:
    made = House(any_redis)
    yield made
    for camera in made.cameras.values():
        camera.release()
    await made.streams.close()


async def test_a_stream_is_registered_once_for_each_task(house: House) -> None:
    house.add("door", "face", "people")
    await house.live("door")
    infos = await house.registered()
    assert [(info.id, info.state) for info in infos] == [
        ("door:face", SourceState.LIVE),
        ("door:people", SourceState.LIVE),
    ]


async def test_its_frames_are_in_the_queues(house: House) -> None:
    house.add("door", "face", "people")
    await house.streams.beat()
    await house.live("door")
    stream = house.streams.streams["door"]
    await until(lambda: all(info.pushed == 1 for info in stream.infos()))
    for task in ("face", "people"):
        assert (await FrameQueue(house.redis, task).sweep()).streams["door"].queued == 1


async def test_a_removed_stream_is_gone_at_once_and_its_camera_closed(house: House) -> None:
    camera = house.add("door")
    house.add("gate")
    await house.live("door")
    await house.registered()
    await house.streams.remove("door")
    await house.streams.remove("nobody")
    assert [info.name for info in await house.registered()] == ["gate"]
    assert camera.opened == camera.closed == 1
    metrics = house.service.metrics.registry
    assert metrics.get_sample_value("ei_source_up", {"stream": "door:face", "task": "face"}) is None


async def test_a_removed_stream_does_not_take_a_newer_start_with_it(house: House) -> None:
    house.add("door")
    await house.registered()
    stream = house.streams.streams["door"]
    await until(lambda: stream.epoch > 0)
    newer = StreamInfo(
        id="door:face",
        name="door",
        task="face",
        epoch=stream.epoch + 1,
        state=SourceState.LIVE,
    )
    clock = RedisClock()
    await clock.synchronise(house.redis)
    await Registry(house.redis, clock).beat_stream(newer)
    await house.streams.remove("door")
    assert [info.epoch for info in await house.registered()] == [newer.epoch]


async def test_of_two_starts_of_one_name_the_later_is_shown_and_the_conflict_with_it(
    house: House, any_redis: Redis
) -> None:
    house.add("door")
    await house.streams.beat()
    await until(lambda: house.streams.streams["door"].epoch > 0)
    await asyncio.sleep(0.25)  # two processes know Redis' clock to within a round trip
    rival = House(any_redis)
    rival.add("door")
    await rival.streams.beat()
    stream, other = house.streams.streams["door"], rival.streams.streams["door"]
    await until(lambda: other.epoch > 0)
    rival.cameras["door"].give()
    await until(lambda: other.infos()[0].pushed == 1)
    house.cameras["door"].give()
    await until(lambda: stream.infos()[0].conflict)
    await rival.streams.beat()
    infos = await house.registered()
    assert [(info.epoch, info.conflict) for info in infos] == [(other.epoch, True)]
    assert stream.infos()[0].dropped == {"conflict": 1}
    await rival.streams.close()


async def test_a_name_that_is_taken_is_refused(house: House) -> None:
    house.add("door")
    with pytest.raises(SourceError, match="already"):
        house.add("door")


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb"])
async def test_a_malformed_name_is_refused(house: House, name: str) -> None:
    with pytest.raises(WireError):
        house.add(name)


async def test_readiness_says_which_stream_is_away_and_no_address(house: House) -> None:
    camera = house.add("door")
    await house.live("door")
    await house.streams.beat()
    assert house.service.health.ready
    camera.fail(SourceError("rtsp://10.0.0.5 is gone"))
    await until(lambda: house.streams.streams["door"].state is SourceState.OFFLINE)
    await house.streams.beat()
    assert house.service.health.reasons == {"stream door:face": "offline"}
    await house.live("door")
    await house.streams.beat()
    assert house.service.health.ready


async def test_a_paused_stream_is_well_and_shown_as_paused(house: House) -> None:
    house.add("door")
    await house.live("door")
    house.streams.streams["door"].pause()
    assert [info.state for info in await house.registered()] == [SourceState.PAUSED]
    assert house.service.health.ready


async def test_redis_that_is_away_is_a_state_and_not_an_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.add("door")

    async def gone() -> None:
        raise RedisConnectionError("gone")

    monkeypatch.setattr(house.redis, "time", gone)
    await house.streams.beat()
    assert "redis" in house.service.health.reasons
    monkeypatch.undo()
    await house.streams.beat()
    assert "redis" not in house.service.health.reasons


async def test_a_change_of_state_is_told_without_waiting_for_the_next_beat(house: House) -> None:
    house.add("door")
    running = asyncio.create_task(house.streams.run())
    await house.live("door")
    clock = RedisClock()
    await clock.synchronise(house.redis)
    registry = Registry(house.redis, clock)
    seen: list[SourceState] = []
    while not seen or seen[-1] is not SourceState.LIVE:
        seen = [info.state for info in await registry.streams()]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
