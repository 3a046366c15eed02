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
from apps.streams.stream_plan import StreamPlan
from apps.streams.stream_set import StreamSet
from tests.support.fake_source import FakeSource
from tests.support.waiting import until


class Bench:
    """A stream set with fake cameras."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.service = Service("streams")
        self.service.health.met("start")
        self.streams = StreamSet(self.service, redis, LiveSettings())
        self.cameras: dict[str, FakeSource] = {}

    def add(self, name: str, *tasks: str, policy: Policy = Policy.OLDEST) -> FakeSource:
        camera = self.cameras[name] = FakeSource()
        plan = StreamPlan(name=name, tasks=tasks or ("face",), source=camera, policy=policy)
        self.streams.add(plan)
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
async def bench(any_redis: Redis) -> AsyncIterator[Bench]:
    made = Bench(any_redis)
    yield made
    for camera in made.cameras.values():
        camera.release()
    await made.streams.close()


async def test_a_stream_is_registered_once_for_each_task(bench: Bench) -> None:
    bench.add("door", "face", "people")
    await bench.live("door")
    infos = await bench.registered()
    assert [(info.id, info.state) for info in infos] == [
        ("door:face", SourceState.LIVE),
        ("door:people", SourceState.LIVE),
    ]


async def test_its_frames_reach_the_queue_of_each_task(bench: Bench) -> None:
    bench.add("door", "face", "people")
    await bench.streams.beat()
    await bench.live("door")
    stream = bench.streams.streams["door"]
    await until(lambda: all(info.pushed == 1 for info in stream.infos()))
    for task in ("face", "people"):
        assert (await FrameQueue(bench.redis, task).sweep()).streams["door"].queued == 1


async def test_a_removed_stream_is_unregistered_and_its_camera_closed(bench: Bench) -> None:
    camera = bench.add("door")
    bench.add("gate")
    await bench.live("door")
    await bench.registered()
    await bench.streams.remove("door")
    await bench.streams.remove("unknown")
    assert [info.name for info in await bench.registered()] == ["gate"]
    assert camera.opened == camera.closed == 1
    metrics = bench.service.metrics.registry
    assert metrics.get_sample_value("ei_source_up", {"stream": "door:face", "task": "face"}) is None


async def test_removing_a_stream_keeps_the_entry_of_a_later_start(bench: Bench) -> None:
    bench.add("door")
    await bench.registered()
    stream = bench.streams.streams["door"]
    await until(lambda: stream.epoch > 0)
    newer = StreamInfo(
        id="door:face",
        name="door",
        task="face",
        epoch=stream.epoch + 1,
        state=SourceState.LIVE,
    )
    clock = RedisClock()
    await clock.synchronise(bench.redis)
    await Registry(bench.redis, clock).beat_stream(newer)
    await bench.streams.remove("door")
    assert [info.epoch for info in await bench.registered()] == [newer.epoch]


async def test_the_later_of_two_starts_with_one_name_is_registered_with_the_conflict(
    bench: Bench, any_redis: Redis
) -> None:
    bench.add("door")
    await bench.streams.beat()
    await until(lambda: bench.streams.streams["door"].epoch > 0)
    await asyncio.sleep(0.25)  # two processes know Redis' clock to within a round trip
    rival = Bench(any_redis)
    rival.add("door")
    await rival.streams.beat()
    stream, other = bench.streams.streams["door"], rival.streams.streams["door"]
    await until(lambda: other.epoch > 0)
    rival.cameras["door"].give()
    await until(lambda: other.infos()[0].pushed == 1)
    bench.cameras["door"].give()
    await until(lambda: stream.infos()[0].conflict)
    await rival.streams.beat()
    infos = await bench.registered()
    assert [(info.epoch, info.conflict) for info in infos] == [(other.epoch, True)]
    assert stream.infos()[0].dropped == {"conflict": 1}
    await rival.streams.close()


async def test_a_name_in_use_is_refused(bench: Bench) -> None:
    bench.add("door")
    with pytest.raises(SourceError, match="exists already"):
        bench.add("door")


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb"])
async def test_a_malformed_name_is_refused(bench: Bench, name: str) -> None:
    with pytest.raises(WireError):
        bench.add(name)


async def test_a_malformed_task_is_refused(bench: Bench) -> None:
    with pytest.raises(WireError):
        bench.add("door", "A B")
    assert bench.streams.streams == {}


async def test_readiness_names_the_offline_stream_but_not_its_address(bench: Bench) -> None:
    camera = bench.add("door")
    await bench.live("door")
    await bench.streams.beat()
    assert bench.service.health.ready
    camera.fail(SourceError("rtsp://10.0.0.5 is gone"))
    await until(lambda: bench.streams.streams["door"].state is SourceState.OFFLINE)
    await bench.streams.beat()
    assert bench.service.health.reasons == {"stream door:face": "offline"}
    await bench.live("door")
    await bench.streams.beat()
    assert bench.service.health.ready


async def test_a_paused_stream_is_ready_and_registered_as_paused(bench: Bench) -> None:
    bench.add("door")
    await bench.live("door")
    bench.streams.streams["door"].pause()
    assert [info.state for info in await bench.registered()] == [SourceState.PAUSED]
    assert bench.service.health.ready


async def test_an_unreachable_redis_makes_the_service_unready_but_does_not_end_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add("door")

    async def gone() -> None:
        raise RedisConnectionError("gone")

    monkeypatch.setattr(bench.redis, "time", gone)
    await bench.streams.beat()
    assert "redis" in bench.service.health.reasons
    monkeypatch.undo()
    await bench.streams.beat()
    assert "redis" not in bench.service.health.reasons


async def test_a_change_of_state_is_registered_before_the_next_beat(bench: Bench) -> None:
    bench.add("door")
    running = asyncio.create_task(bench.streams.run())
    await bench.live("door")
    clock = RedisClock()
    await clock.synchronise(bench.redis)
    registry = Registry(bench.redis, clock)
    seen: list[SourceState] = []
    while not seen or seen[-1] is not SourceState.LIVE:
        seen = [info.state for info in await registry.streams()]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
