"""The worker: it never exceeds its slots and never sleeps while work waits."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.inference.inference_slots import REFILL_COUNT
from apps.pipeline.messages.job import Job
from tests.support.pictures import header_jpeg
from tests.support.waiting import until
from tests.unit.inference.worker_rig import NOW, WorkerRig, popped


class RunningWorker:
    """A rig whose worker runs."""

    def __init__(self, rig: WorkerRig) -> None:
        self.rig = rig
        self.task = asyncio.create_task(rig.worker.run())

    async def stop(self) -> None:
        """Stop the worker, answer the running requests, and wait for its end."""
        self.rig.service.stop.set()
        while not self.task.done():
            while self.rig.engine.waiting:
                self.rig.engine.answer()
            await asyncio.sleep(0)
        await self.task


@contextlib.asynccontextmanager
async def running_worker(rig: WorkerRig) -> AsyncIterator[RunningWorker]:
    running = RunningWorker(rig)
    yield running
    await running.stop()
    rig.close()


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> WorkerRig:
    monkeypatch.setattr("apps.runtime.backoff.delays", lambda: itertools.repeat(0.0))
    return WorkerRig()


async def test_a_worker_fills_its_slots_at_once(rig: WorkerRig) -> None:
    rig.add(20)
    async with running_worker(rig):
        await until(lambda: rig.slots.in_progress == rig.slots.capacity)


async def test_a_worker_never_exceeds_its_capacity(rig: WorkerRig) -> None:
    rig.add(20)
    async with running_worker(rig):
        for left in range(20, 0, -1):
            await until(lambda: len(rig.engine.waiting) == min(2, left))  # noqa: B023 - used at once
            assert rig.slots.in_progress <= rig.slots.capacity
            rig.engine.answer()
        await until(lambda: len(rig.consumer.settled) == 20)
    assert rig.engine.most == 2
    assert {outcome for _, outcome in rig.consumer.settled} == {"inferred"}


async def test_one_round_trip_refills_several_places_while_more_frames_wait(
    rig: WorkerRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.inference.worker._REFILL_DELAY_SECONDS", 3600.0)
    rig.add(20)
    async with running_worker(rig):
        await until(lambda: rig.slots.free == 0 and len(rig.engine.waiting) == 2)
        await run_pending_callbacks()
        before = len(rig.consumer.wanted)
        for finished in range(1, REFILL_COUNT):
            rig.engine.answer()
            await until(lambda: rig.slots.free == finished)  # noqa: B023 - used at once
            await run_pending_callbacks()
            assert len(rig.consumer.wanted) == before
        await until(lambda: bool(rig.engine.waiting))
        rig.engine.answer()
        await until(lambda: rig.slots.free == 0)
        assert rig.consumer.wanted[before:] == [REFILL_COUNT]


async def test_a_finished_frame_is_sent_after_the_refill_delay(rig: WorkerRig) -> None:
    rig.add(20)
    async with running_worker(rig):
        await until(lambda: rig.slots.free == 0 and bool(rig.engine.waiting))
        rig.engine.answer()
        await until(lambda: len(rig.consumer.settled) == 1 and rig.slots.free == 0)


async def test_a_finished_frame_is_sent_at_once_while_the_queue_is_empty(
    rig: WorkerRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.inference.worker._REFILL_DELAY_SECONDS", 3600.0)
    rig.add(2)
    async with running_worker(rig):
        await until(lambda: len(rig.engine.waiting) == 2)
        rig.engine.answer()
        await until(lambda: len(rig.consumer.published) == 1)


async def run_pending_callbacks() -> None:
    """Run the callbacks that are ready."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_an_idle_worker_waits_for_a_notification(rig: WorkerRig) -> None:
    async with running_worker(rig):
        await until(lambda: bool(rig.consumer.wanted))
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(rig.consumer.wanted) <= 2
        rig.add()
        rig.consumer.notification.set()
        await until(lambda: bool(rig.engine.waiting))


async def test_the_worker_is_full_only_while_more_frames_wait(rig: WorkerRig) -> None:
    rig.add(8)
    async with running_worker(rig):
        await until(lambda: rig.worker.full_seconds._level == 1.0)
        for _ in range(6):
            await until(lambda: bool(rig.engine.waiting))
            rig.engine.answer()
        await until(lambda: rig.worker.full_seconds._level == 0.0)


async def test_the_worker_is_not_full_while_redis_is_unreachable(rig: WorkerRig) -> None:
    rig.add(8)
    async with running_worker(rig):
        await until(lambda: rig.worker.full_seconds._level == 1.0)
        rig.consumer.error = RedisConnectionError("refused")
        await until(lambda: bool(rig.engine.waiting))
        rig.engine.answer()
        await until(lambda: "redis" in rig.service.health.reasons)
        assert rig.worker.full_seconds._level == 0.0
        rig.consumer.error = None


async def test_a_worker_is_ready_again_when_redis_answers_again(rig: WorkerRig) -> None:
    rig.service.health.met("start")
    rig.consumer.error = RedisConnectionError("refused")
    async with running_worker(rig):
        await until(lambda: rig.service.health.reasons == {"redis": "Redis: refused"})
        rig.consumer.error = None
        rig.add()
        await until(lambda: rig.service.health.ready)
        await until(lambda: bool(rig.engine.waiting))


async def test_a_job_is_answered(rig: WorkerRig) -> None:
    async with running_worker(rig):
        rig.jobs.jobs.append(job("1"))
        rig.jobs.notification.set()
        await until(lambda: bool(rig.engine.waiting))
        rig.engine.answer()
        await until(lambda: rig.jobs.ended == [("1", "done")])
    assert (rig.jobs.results[0].width, rig.jobs.results[0].height) == (64, 48)
    assert rig.sample("ei_jobs_total", outcome="done") == 1


async def test_a_job_is_not_inferred_after_its_deadline(rig: WorkerRig) -> None:
    async with running_worker(rig):
        rig.jobs.jobs.append(job("1", deadline_at=NOW))
        rig.jobs.notification.set()
        await until(lambda: rig.jobs.ended == [("1", "expired")])
    assert rig.engine.started == []


async def test_an_invalid_picture_fails_the_job_and_an_engine_failure_retries_it(
    rig: WorkerRig,
) -> None:
    async with running_worker(rig):
        rig.jobs.jobs.append(job("1", data=b"not a picture"))
        rig.jobs.notification.set()
        await until(lambda: rig.jobs.ended == [("1", "failed: undecodable")])
        rig.engine.start_error = RuntimeError("device lost")
        rig.jobs.jobs.append(job("2"))
        rig.jobs.notification.set()
        await until(lambda: rig.jobs.ended[1:] == [("2", "retry: device lost")])


async def test_a_stopping_worker_finishes_its_work_and_takes_no_more(rig: WorkerRig) -> None:
    rig.add(10)
    async with running_worker(rig) as running:
        await until(lambda: len(rig.engine.waiting) == 2 and rig.slots.free == 0)
        taken = 10 - len(rig.consumer.frames)
        await running.stop()
        assert 10 - len(rig.consumer.frames) == taken
    assert [outcome for _, outcome in rig.consumer.settled] == ["inferred"] * taken
    assert len(rig.consumer.published) == taken
    assert rig.consumer.left
    assert rig.jobs.left


async def test_a_worker_stops_although_redis_is_unreachable(
    rig: WorkerRig, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_worker(rig) as running:
        await until(lambda: bool(rig.consumer.wanted))
        rig.consumer.error = RedisConnectionError("refused")
        await running.stop()
    assert "left without reporting some finished work" in caplog.text
    assert not rig.consumer.left


async def test_a_dropped_frame_frees_its_place(rig: WorkerRig) -> None:
    for place in range(1, 11):
        rig.consumer.frames.append(popped(place, b"garbage"))
    async with running_worker(rig):
        await until(lambda: len(rig.consumer.settled) == 10)
    assert rig.slots.in_progress == 0


def job(identity: str, *, data: bytes | None = None, deadline_at: int = NOW + 1) -> Job:
    return Job(
        id=identity, task="face", data=data if data is not None else header_jpeg(64, 48),
        submitted_at=NOW - 1000, deadline_at=deadline_at, reply_to="client", attempts=1,
    )  # fmt: skip
