"""The live desk: popped frames become work, finished work becomes results and settlements."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from apps.pipeline.messages import DropReason, wire
from tests.pictures import header_jpeg
from tests.unit.inference.bench import NOW, Bench, popped
from tests.unit.inference.fake_engine import FOUND
from tests.waiting import until


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


async def infer_one(bench: Bench) -> None:
    """Take one frame and see it through, and publish."""
    settled = len(bench.consumer.settled)
    await bench.live.exchange(1)
    await until(lambda: bool(bench.engine.waiting))
    bench.engine.answer()
    await until(lambda: len(bench.consumer.settled) > settled)
    await bench.live.exchange(0)


async def test_an_inferred_frame_is_published_and_settled(bench: Bench) -> None:
    bench.add()
    await infer_one(bench)
    assert bench.consumer.settled == [(1, "inferred")]
    ((channel, result),) = bench.consumer.published
    assert channel == "results:hall:face"
    assert (result.stream, result.task) == ("hall:face", "face")
    assert (result.sequence, result.epoch) == (1, 7)
    assert (result.captured_at, result.inferred_at) == (NOW - 100_000, NOW)
    assert (result.width, result.height) == (640, 480)
    assert (result.model, result.precision, result.device) == ("fake", "FP32", "CPU")
    assert (result.worker, result.detections) == ("worker", (FOUND,))


async def test_a_result_says_how_long_its_frame_waited_in_the_queue(bench: Bench) -> None:
    bench.add()
    await infer_one(bench)
    assert bench.consumer.published[0][1].timings.queue_ms == 50.0


async def test_pixels_ride_along_only_while_somebody_watches_the_stream(bench: Bench) -> None:
    bench.add(3)
    await infer_one(bench)
    bench.watched.add("hall:face")
    await infer_one(bench)
    bench.watched.clear()
    await infer_one(bench)
    jpegs = [result.jpeg for _, result in bench.consumer.published]
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
async def test_what_cannot_be_inferred_is_dropped_under_its_name(
    bench: Bench, data: bytes, reason: DropReason
) -> None:
    bench.consumer.frames.append(popped(1, data))
    await bench.live.exchange(1)
    await until(lambda: bool(bench.consumer.settled))
    assert bench.consumer.settled == [(1, reason)]
    assert bench.sample("ei_frames_total", outcome=reason) == 1
    assert bench.consumer.published == []
    assert bench.engine.started == []


async def test_a_frame_on_which_the_engine_fails_is_dropped_as_failed(bench: Bench) -> None:
    bench.add()
    bench.engine.parse_error = ValueError("a bad tensor")
    await infer_one(bench)
    assert bench.consumer.settled == [(1, DropReason.FAILED)]


async def test_a_frame_that_is_stale_on_arrival_never_reaches_the_hands(bench: Bench) -> None:
    bench.consumer.frames.append(popped(1, age=2.001))
    await bench.live.exchange(1)
    assert bench.consumer.settled == [(1, DropReason.STALE)]
    assert bench.hands.in_hand == 0


async def test_a_frame_as_old_as_the_limit_is_fresh(bench: Bench) -> None:
    bench.consumer.frames.append(popped(1, age=2.0))
    await infer_one(bench)
    assert bench.consumer.settled == [(1, "inferred")]


async def test_a_frame_that_grows_stale_while_it_waits_for_a_slot_is_not_inferred(
    bench: Bench,
) -> None:
    bench.add(3)
    await bench.live.exchange(3)
    await until(lambda: len(bench.engine.waiting) == 2 and len(bench.hands._ready) == 1)
    bench.clock.time += 2_000_000
    bench.engine.answer()
    bench.engine.answer()
    await until(lambda: len(bench.consumer.settled) == 3)
    assert sorted(bench.consumer.settled) == [(1, "inferred"), (2, "inferred"), (3, "stale")]
    assert len(bench.engine.started) == 2


async def test_an_impossible_capture_time_is_counted(bench: Bench) -> None:
    bench.consumer.frames.append(popped(1, age=-5.0))
    await infer_one(bench)
    assert bench.consumer.settled == [(1, "inferred")]
    count = bench.service.metrics.registry.get_sample_value(
        "ei_capture_time_replaced_total", {"task": "face"}
    )
    assert count == 1


async def test_claimed_drops_are_counted(bench: Bench) -> None:
    bench.consumer.claimed = 5
    await bench.live.exchange(0)
    await bench.live.exchange(0)
    assert bench.live.claimed == 5
    assert bench.sample("ei_frames_claimed_total") == 5


async def test_a_lost_lease_is_counted(bench: Bench) -> None:
    await bench.live.exchange(0)
    bench.consumer.leases_lost = 2
    await bench.live.exchange(0)
    await bench.live.exchange(0)
    count = bench.service.metrics.registry.get_sample_value(
        "ei_leases_lost_total", {"task": "face"}
    )
    assert count == 2


async def test_results_that_redis_did_not_take_are_gone_and_settlements_are_not(
    bench: Bench,
) -> None:
    bench.add()
    await bench.live.exchange(1)
    await until(lambda: bool(bench.engine.waiting))
    bench.engine.answer()
    await until(lambda: bool(bench.consumer.settled))
    bench.consumer.error = ConnectionError("gone")
    with pytest.raises(ConnectionError):
        await bench.live.exchange(0)
    bench.consumer.error = None
    await bench.live.exchange(0)
    assert bench.consumer.published == []
    assert bench.consumer.settled == [(1, "inferred")]


async def test_the_same_trouble_is_logged_once_in_ten_seconds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 100.0
    clock = SimpleNamespace(monotonic=lambda: now, perf_counter=lambda: now)
    monkeypatch.setattr("apps.inference.live.time", clock)
    torn = wire.encode({"name": "a", "category": "face", "data": b"no picture"})
    for done, now in enumerate((100.0, 109.9, 110.0), start=1):  # noqa: B007 - the clock reads it
        bench.consumer.frames.append(popped(done, torn))
        await bench.live.exchange(1)
        await until(lambda done=done: len(bench.consumer.settled) == done)  # type: ignore[misc]
    assert len([line for line in caplog.messages if "undecodable" in line]) == 2


async def test_leaving_publishes_what_is_finished_and_ends_the_lease(bench: Bench) -> None:
    bench.add()
    await bench.live.exchange(1)
    await until(lambda: bool(bench.engine.waiting))
    bench.engine.answer()
    await until(lambda: bool(bench.consumer.settled))
    await bench.live.leave()
    assert len(bench.consumer.published) == 1
    assert bench.consumer.left
