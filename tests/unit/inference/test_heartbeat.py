"""The heartbeat of a worker."""

from __future__ import annotations

from collections.abc import AsyncIterator

import fakeredis
import pytest

from apps.inference.heartbeat import WorkerHeartbeat
from apps.inference.meter import MeterReading
from apps.inference.stream_loads import StreamLoads
from apps.pipeline.messages import WorkerInfo, WorkerState
from apps.pipeline.registry.heartbeats import Registry
from apps.pipeline.results.result_feed import renew_watches
from apps.runtime.clock import RedisClock
from apps.runtime.service import Service
from tests.unit.inference.fake_engine import FakeEngine


class HeartbeatRig:
    """A heartbeat on a fake Redis."""

    def __init__(self) -> None:
        self.redis = fakeredis.FakeAsyncRedis(version=(6, 2))
        self.service = Service("inference")
        self.clock = RedisClock()
        self.incarnation = "first"
        self.loads = StreamLoads()
        self.heartbeat = WorkerHeartbeat(
            self.service, self.redis, self.clock, task="face", info=FakeEngine(slots=3).info,
            cores=1.5, better="retail/INT8", incarnation=lambda: self.incarnation,
        )  # fmt: skip

    async def beat(self, reading: MeterReading | None = None) -> None:
        await self.heartbeat._beat(reading or MeterReading(), self.loads)

    async def workers(self) -> list[WorkerInfo]:
        return await Registry(self.redis, self.clock).workers()


@pytest.fixture
async def rig() -> AsyncIterator[HeartbeatRig]:
    rig = HeartbeatRig()
    yield rig
    await rig.redis.aclose()


async def test_a_heartbeat_contains_model_capacity_and_load(rig: HeartbeatRig) -> None:
    rig.loads.record("hall:face", 30.0, 640, 480)
    rig.loads.next_second()
    await rig.beat(MeterReading(average=0.5, infer_fps=20, drop_fps=2, scale_ratio=0.6))
    (info,) = await rig.workers()
    assert (info.id, info.task, info.state) == ("first", "face", WorkerState.READY)
    assert (info.model, info.precision, info.device) == ("fake", "FP32", "CPU")
    assert (info.cores, info.slots) == (1.5, 3)
    assert (info.utilisation, info.inferred_fps) == (0.5, 20)
    assert (info.drop_fps, info.scale_ratio) == (2, 0.6)
    assert info.streams["hall:face"].inferred_fps == 1.0
    assert info.better == "retail/INT8"
    assert info.pid > 0


async def test_a_stopping_worker_is_draining(rig: HeartbeatRig) -> None:
    rig.service.stop.set()
    await rig.beat()
    (info,) = await rig.workers()
    assert info.state is WorkerState.DRAINING


async def test_a_worker_with_a_new_lease_replaces_its_old_entry(rig: HeartbeatRig) -> None:
    await rig.beat()
    rig.incarnation = "second"
    await rig.beat()
    assert [info.id for info in await rig.workers()] == ["second"]


async def test_a_removed_worker_is_not_in_the_registry(rig: HeartbeatRig) -> None:
    await rig.beat()
    await rig.heartbeat.remove()
    assert await rig.workers() == []


async def test_only_the_watched_streams_of_the_worker_are_watched(rig: HeartbeatRig) -> None:
    for identity in ("hall:face", "gate:face"):
        rig.loads.record(identity, 30.0, 640, 480)
    await renew_watches(rig.redis, ["hall:face", "elsewhere:face"])
    await rig.heartbeat._refresh(rig.loads, 0)
    watched = [name for name in ("hall:face", "gate:face", "elsewhere:face")
               if rig.heartbeat.watches(name)]  # fmt: skip
    assert watched == ["hall:face"]


async def test_the_clock_is_synchronised_at_first_and_every_ten_heartbeats(
    rig: HeartbeatRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronised: list[int] = []
    real = rig.clock.synchronise

    async def synchronise(redis: fakeredis.FakeAsyncRedis) -> None:
        synchronised.append(beats)
        await real(redis)

    monkeypatch.setattr(rig.clock, "synchronise", synchronise)
    for beats in range(25):
        await rig.heartbeat._refresh(rig.loads, beats)
    assert synchronised == [0, 10, 20]
