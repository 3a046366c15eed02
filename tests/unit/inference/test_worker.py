"""The worker's loop: never more than its hands hold, never asleep while work waits."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.inference.hands import GATHERED
from apps.pipeline.messages import Job
from tests.pictures import header_jpeg
from tests.unit.inference.bench import NOW, Bench, popped
from tests.waiting import until


class Running:
    """A bench whose worker runs."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.task = asyncio.create_task(bench.worker.run())

    async def stop(self) -> None:
        """Ask the worker to leave, answer what is in flight, and wait for its end."""
        self.bench.service.stop.set()
        while not self.task.done():
            while self.bench.engine.waiting:
                self.bench.engine.answer()
            await asyncio.sleep(0)
        await self.task


@contextlib.asynccontextmanager
async def at_work(bench: Bench) -> AsyncIterator[Running]:
    running = Running(bench)
    yield running
    await running.stop()
    bench.close()


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("apps.runtime.backoff.delays", lambda: itertools.repeat(0.0))
    return Bench()


async def test_a_worker_fills_its_hands_at_once(bench: Bench) -> None:
    bench.add(20)
    async with at_work(bench):
        await until(lambda: bench.hands.in_hand == bench.hands.capacity)


async def test_a_worker_never_holds_more_than_its_hands(bench: Bench) -> None:
    bench.add(20)
    async with at_work(bench):
        for left in range(20, 0, -1):
            await until(lambda: len(bench.engine.waiting) == min(2, left))  # noqa: B023 - now
            assert bench.hands.in_hand <= bench.hands.capacity
            bench.engine.answer()
        await until(lambda: len(bench.consumer.settled) == 20)
    assert bench.engine.most == 2
    assert {outcome for _, outcome in bench.consumer.settled} == {"inferred"}


async def test_while_more_waits_a_round_trip_carries_several_frames(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.inference.worker._GATHER_SECONDS", 3600.0)
    bench.add(20)
    async with at_work(bench):
        await until(lambda: bench.hands.free == 0 and len(bench.engine.waiting) == 2)
        await settled_down()
        before = len(bench.consumer.wanted)
        for finished in range(1, GATHERED):
            bench.engine.answer()
            await until(lambda: bench.hands.free == finished)  # noqa: B023 - now
            await settled_down()
            assert len(bench.consumer.wanted) == before
        await until(lambda: bool(bench.engine.waiting))
        bench.engine.answer()
        await until(lambda: bench.hands.free == 0)
        assert bench.consumer.wanted[before:] == [GATHERED]


async def test_a_finished_frame_waits_for_company_only_so_long(bench: Bench) -> None:
    bench.add(20)
    async with at_work(bench):
        await until(lambda: bench.hands.free == 0 and bool(bench.engine.waiting))
        bench.engine.answer()
        await until(lambda: len(bench.consumer.settled) == 1 and bench.hands.free == 0)


async def test_with_nothing_more_to_do_a_finished_frame_leaves_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.inference.worker._GATHER_SECONDS", 3600.0)
    bench.add(2)
    async with at_work(bench):
        await until(lambda: len(bench.engine.waiting) == 2)
        bench.engine.answer()
        await until(lambda: len(bench.consumer.published) == 1)


async def settled_down() -> None:
    """Let everything run that could."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_an_idle_worker_sleeps_until_the_bell_rings(bench: Bench) -> None:
    async with at_work(bench):
        await until(lambda: bool(bench.consumer.wanted))
        for _ in range(100):
            await asyncio.sleep(0)
        asked = len(bench.consumer.wanted)
        assert asked <= 2
        bench.add()
        bench.consumer.bell.set()
        await until(lambda: bool(bench.engine.waiting))


async def test_hands_are_full_while_more_waits_and_not_when_the_queue_is_empty(
    bench: Bench,
) -> None:
    bench.add(8)
    async with at_work(bench):
        await until(lambda: bench.worker.full_seconds._level == 1.0)
        for _ in range(6):
            await until(lambda: bool(bench.engine.waiting))
            bench.engine.answer()
        await until(lambda: bench.worker.full_seconds._level == 0.0)


async def test_hands_are_not_full_while_redis_is_gone(bench: Bench) -> None:
    bench.add(8)
    async with at_work(bench):
        await until(lambda: bench.worker.full_seconds._level == 1.0)
        bench.consumer.error = RedisConnectionError("gone")
        await until(lambda: bool(bench.engine.waiting))
        bench.engine.answer()
        await until(lambda: "redis" in bench.service.health.reasons)
        assert bench.worker.full_seconds._level == 0.0
        bench.consumer.error = None


async def test_a_worker_without_redis_is_not_ready_and_heals(bench: Bench) -> None:
    bench.service.health.met("start")
    bench.consumer.error = RedisConnectionError("gone")
    async with at_work(bench):
        await until(lambda: bench.service.health.reasons == {"redis": "Redis: gone"})
        bench.consumer.error = None
        bench.add()
        await until(lambda: bench.service.health.ready)
        await until(lambda: bool(bench.engine.waiting))


async def test_a_job_is_answered(bench: Bench) -> None:
    async with at_work(bench):
        bench.jobs.jobs.append(job("1"))
        bench.jobs.bell.set()
        await until(lambda: bool(bench.engine.waiting))
        bench.engine.answer()
        await until(lambda: bench.jobs.ended == [("1", "done")])
    assert (bench.jobs.results[0].width, bench.jobs.results[0].height) == (64, 48)
    assert bench.sample("ei_jobs_total", outcome="done") == 1


async def test_a_job_whose_deadline_has_passed_is_not_inferred(bench: Bench) -> None:
    async with at_work(bench):
        bench.jobs.jobs.append(job("1", deadline_at=NOW))
        bench.jobs.bell.set()
        await until(lambda: bench.jobs.ended == [("1", "expired")])
    assert bench.engine.started == []


async def test_a_job_that_is_no_picture_fails_and_one_on_which_the_engine_fails_is_given_back(
    bench: Bench,
) -> None:
    async with at_work(bench):
        bench.jobs.jobs.append(job("1", data=b"no picture"))
        bench.jobs.bell.set()
        await until(lambda: bench.jobs.ended == [("1", "failed: undecodable")])
        bench.engine.start_error = RuntimeError("the device is gone")
        bench.jobs.jobs.append(job("2"))
        bench.jobs.bell.set()
        await until(lambda: bench.jobs.ended[1:] == [("2", "retry: the device is gone")])


async def test_a_worker_that_is_asked_to_leave_finishes_what_it_holds_and_takes_no_more(
    bench: Bench,
) -> None:
    bench.add(10)
    async with at_work(bench) as running:
        await until(lambda: len(bench.engine.waiting) == 2 and bench.hands.free == 0)
        taken = 10 - len(bench.consumer.frames)
        await running.stop()
        assert 10 - len(bench.consumer.frames) == taken
    assert [outcome for _, outcome in bench.consumer.settled] == ["inferred"] * taken
    assert len(bench.consumer.published) == taken
    assert bench.consumer.left
    assert bench.jobs.left


async def test_a_worker_leaves_although_redis_is_gone(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async with at_work(bench) as running:
        await until(lambda: bool(bench.consumer.wanted))
        bench.consumer.error = RedisConnectionError("gone")
        await running.stop()
    assert "left without saying what became of some work" in caplog.text
    assert not bench.consumer.left


async def test_a_frame_dropped_at_once_frees_its_place(bench: Bench) -> None:
    for place in range(1, 11):
        bench.consumer.frames.append(popped(place, b"garbage"))
    async with at_work(bench):
        await until(lambda: len(bench.consumer.settled) == 10)
    assert bench.hands.in_hand == 0


def job(identity: str, *, data: bytes | None = None, deadline_at: int = NOW + 1) -> Job:
    return Job(
        id=identity, task="face", data=data if data is not None else header_jpeg(64, 48),
        submitted_at=NOW - 1000, deadline_at=deadline_at, reply_to="client", attempts=1,
    )  # fmt: skip
