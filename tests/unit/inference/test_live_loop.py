"""The live loop: frames become requests, answers become results and settlements."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from apps.pipeline.messages import DropReason, wire
from tests.support.pictures import header_jpeg
from tests.support.waiting import until
from tests.unit.inference.fake_engine import FOUND
from tests.unit.inference.worker_rig import NOW, WorkerRig, popped


@pytest.fixture
async def rig() -> AsyncIterator[WorkerRig]:
    rig = WorkerRig()
    yield rig
    rig.close()


async def infer_one(rig: WorkerRig) -> None:
    """Take one frame, infer it, and publish the result."""
    settled = len(rig.consumer.settled)
    await rig.live.exchange(1)
    await until(lambda: bool(rig.engine.waiting))
    rig.engine.answer()
    await until(lambda: len(rig.consumer.settled) > settled)
    await rig.live.exchange(0)


async def test_an_inferred_frame_is_published_and_settled(rig: WorkerRig) -> None:
    rig.add()
    await infer_one(rig)
    assert rig.consumer.settled == [(1, "inferred")]
    ((channel, result),) = rig.consumer.published
    assert channel == "results:hall:face"
    assert (result.stream, result.task) == ("hall:face", "face")
    assert (result.sequence, result.epoch) == (1, 7)
    assert (result.captured_at, result.inferred_at) == (NOW - 100_000, NOW)
    assert (result.width, result.height) == (640, 480)
    assert (result.model, result.precision, result.device) == ("fake", "FP32", "CPU")
    assert (result.worker, result.detections) == ("worker", (FOUND,))


async def test_a_result_contains_the_time_in_the_queue(rig: WorkerRig) -> None:
    rig.add()
    await infer_one(rig)
    assert rig.consumer.published[0][1].timings.queue_ms == 50.0


async def test_a_result_contains_the_picture_while_the_stream_is_watched(
    rig: WorkerRig,
) -> None:
    rig.add(3)
    await infer_one(rig)
    rig.watched.add("hall:face")
    await infer_one(rig)
    rig.watched.clear()
    await infer_one(rig)
    jpegs = [result.jpeg for _, result in rig.consumer.published]
    assert jpegs == [None, header_jpeg(640, 480), None]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"garbage", DropReason.MALFORMED),
        (wire.encode({"name": "a", "category": "car", "data": b""}), DropReason.WRONG_TASK),
        (wire.encode({"name": "a", "category": "face", "data": b"no"}), DropReason.UNDECODABLE),
        (
            wire.encode({"name": "a", "category": "face", "data": header_jpeg(9, 9)[:-2]}),
            DropReason.UNDECODABLE,
        ),
    ],
)
async def test_an_invalid_frame_is_dropped_with_its_reason(
    rig: WorkerRig, data: bytes, reason: DropReason
) -> None:
    rig.consumer.frames.append(popped(1, data))
    await rig.live.exchange(1)
    await until(lambda: bool(rig.consumer.settled))
    assert rig.consumer.settled == [(1, reason)]
    assert rig.sample("ei_frames_total", outcome=reason) == 1
    assert rig.consumer.published == []
    assert rig.engine.started == []


async def test_a_frame_is_dropped_as_failed_when_the_engine_fails(rig: WorkerRig) -> None:
    rig.add()
    rig.engine.parse_error = ValueError("a bad tensor")
    await infer_one(rig)
    assert rig.consumer.settled == [(1, DropReason.FAILED)]


async def test_a_stale_frame_takes_no_slot(rig: WorkerRig) -> None:
    rig.consumer.frames.append(popped(1, age=2.001))
    await rig.live.exchange(1)
    assert rig.consumer.settled == [(1, DropReason.STALE)]
    assert rig.slots.in_progress == 0


async def test_a_frame_at_the_age_limit_is_fresh(rig: WorkerRig) -> None:
    rig.consumer.frames.append(popped(1, age=2.0))
    await infer_one(rig)
    assert rig.consumer.settled == [(1, "inferred")]


async def test_a_frame_that_becomes_stale_before_inference_is_dropped(
    rig: WorkerRig,
) -> None:
    rig.add(3)
    await rig.live.exchange(3)
    await until(lambda: len(rig.engine.waiting) == 2 and len(rig.slots._ready) == 1)
    rig.clock.time += 2_000_000
    rig.engine.answer()
    rig.engine.answer()
    await until(lambda: len(rig.consumer.settled) == 3)
    assert sorted(rig.consumer.settled) == [(1, "inferred"), (2, "inferred"), (3, "stale")]
    assert len(rig.engine.started) == 2


async def test_an_invalid_capture_time_is_counted(rig: WorkerRig) -> None:
    rig.consumer.frames.append(popped(1, age=-5.0))
    await infer_one(rig)
    assert rig.consumer.settled == [(1, "inferred")]
    count = rig.service.metrics.registry.get_sample_value(
        "ei_capture_time_replaced_total", {"task": "face"}
    )
    assert count == 1


async def test_claimed_drops_are_counted(rig: WorkerRig) -> None:
    rig.consumer.claimed = 5
    await rig.live.exchange(0)
    await rig.live.exchange(0)
    assert rig.live.claimed == 5
    assert rig.sample("ei_frames_claimed_total") == 5


async def test_a_lost_lease_is_counted(rig: WorkerRig) -> None:
    await rig.live.exchange(0)
    rig.consumer.leases_lost = 2
    await rig.live.exchange(0)
    await rig.live.exchange(0)
    count = rig.service.metrics.registry.get_sample_value("ei_leases_lost_total", {"task": "face"})
    assert count == 2


async def test_after_a_failed_exchange_settlements_are_kept_and_results_are_lost(
    rig: WorkerRig,
) -> None:
    rig.add()
    await rig.live.exchange(1)
    await until(lambda: bool(rig.engine.waiting))
    rig.engine.answer()
    await until(lambda: bool(rig.consumer.settled))
    rig.consumer.error = ConnectionError("refused")
    with pytest.raises(ConnectionError):
        await rig.live.exchange(0)
    rig.consumer.error = None
    await rig.live.exchange(0)
    assert rig.consumer.published == []
    assert rig.consumer.settled == [(1, "inferred")]


async def test_a_drop_reason_is_logged_once_in_ten_seconds(
    rig: WorkerRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 100.0
    clock = SimpleNamespace(monotonic=lambda: now, perf_counter=lambda: now)
    monkeypatch.setattr("apps.inference.live_loop.time", clock)
    damaged = wire.encode({"name": "a", "category": "face", "data": b"not a picture"})
    for done, now in enumerate((100.0, 109.9, 110.0), start=1):  # noqa: B007 - the clock reads it
        rig.consumer.frames.append(popped(done, damaged))
        await rig.live.exchange(1)
        await until(lambda done=done: len(rig.consumer.settled) == done)  # type: ignore[misc]
    assert len([line for line in caplog.messages if "undecodable" in line]) == 2


async def test_leaving_publishes_results_and_ends_the_lease(rig: WorkerRig) -> None:
    rig.add()
    await rig.live.exchange(1)
    await until(lambda: bool(rig.engine.waiting))
    rig.engine.answer()
    await until(lambda: bool(rig.consumer.settled))
    await rig.live.leave()
    assert len(rig.consumer.published) == 1
    assert rig.consumer.left
