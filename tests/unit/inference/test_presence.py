"""What a worker says once a second, and what it asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import fakeredis
import pytest

from apps.inference.meter import Reading
from apps.inference.presence import Presence
from apps.inference.stream_loads import StreamLoads
from apps.pipeline.messages import WorkerInfo, WorkerState
from apps.pipeline.registry.heartbeats import Registry
from apps.pipeline.results.result_feed import renew_watches
from apps.runtime.clock import RedisClock
from apps.runtime.service import Service
from tests.unit.inference.fake_engine import FakeEngine


class Site:
    """A presence on a Redis, and who looks at it."""

    def __init__(self) -> None:
        self.redis = fakeredis.FakeAsyncRedis(version=(6, 2))
        self.service = Service("inference")
        self.clock = RedisClock()
        self.incarnation = "first"
        self.loads = StreamLoads()
        self.presence = Presence(
            self.service, self.redis, self.clock, task="face", info=FakeEngine(slots=3).info,
            cores=1.5, better="retail/INT8", incarnation=lambda: self.incarnation,
        )  # fmt: skip

    async def beat(self, reading: Reading | None = None) -> None:
        await self.presence._beat(reading or Reading(), self.loads)

    async def workers(self) -> list[WorkerInfo]:
        return await Registry(self.redis, self.clock).workers()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    yield site
    await site.redis.aclose()


async def test_a_heartbeat_says_what_the_worker_is_and_does(site: Site) -> None:
    site.loads.record("hall:face", 30.0, 640, 480)
    site.loads.roll()
    await site.beat(Reading(average=0.5, infer_fps=20, drop_fps=2, scale_ratio=0.6))
    (info,) = await site.workers()
    assert (info.id, info.task, info.state) == ("first", "face", WorkerState.READY)
    assert (info.model, info.precision, info.device) == ("fake", "FP32", "CPU")
    assert (info.cores, info.slots) == (1.5, 3)
    assert (info.utilisation, info.inferred_fps) == (0.5, 20)
    assert (info.drop_fps, info.scale_ratio) == (2, 0.6)
    assert info.streams["hall:face"].inferred_fps == 1.0
    assert info.better == "retail/INT8"
    assert info.pid > 0


async def test_a_worker_that_was_asked_to_leave_says_so(site: Site) -> None:
    site.service.stop.set()
    await site.beat()
    (info,) = await site.workers()
    assert info.state is WorkerState.DRAINING


async def test_a_worker_that_lost_its_lease_is_not_there_twice(site: Site) -> None:
    await site.beat()
    site.incarnation = "second"
    await site.beat()
    assert [info.id for info in await site.workers()] == ["second"]


async def test_a_worker_that_leaves_is_gone_at_once(site: Site) -> None:
    await site.beat()
    await site.presence.farewell()
    assert await site.workers() == []


async def test_a_worker_knows_which_of_its_streams_are_watched(site: Site) -> None:
    for identity in ("hall:face", "gate:face"):
        site.loads.record(identity, 30.0, 640, 480)
    await renew_watches(site.redis, ["hall:face", "elsewhere:face"])
    await site.presence._look_around(site.loads, 0)
    watched = [name for name in ("hall:face", "gate:face", "elsewhere:face")
               if site.presence.watches(name)]  # fmt: skip
    assert watched == ["hall:face"]


async def test_a_worker_asks_for_the_time_at_first_and_every_ten_seconds(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = site.clock.synchronise

    async def synchronise(redis: fakeredis.FakeAsyncRedis) -> None:
        asked.append(ticks)
        await real(redis)

    monkeypatch.setattr(site.clock, "synchronise", synchronise)
    for ticks in range(25):
        await site.presence._look_around(site.loads, ticks)
    assert asked == [0, 10, 20]
