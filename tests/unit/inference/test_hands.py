"""The hands of a worker: decode, start, parse; nothing that fails stops them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from apps.inference.hands import Hands, Work
from apps.pipeline.messages import DropReason
from apps.runtime.errors import ImageError
from tests.pictures import grey_jpeg, header_jpeg
from tests.unit.inference.fake_engine import FOUND, FakeEngine
from tests.waiting import until


class Bench:
    """Hands on a fake engine, and what they finished."""

    def __init__(self, engine: FakeEngine, *, threads: int = 1, max_pixels: int = 10_000) -> None:
        self.engine = engine
        self.hands = Hands(engine, threads=threads, max_pixels=max_pixels)
        self.finished: list[Work] = []

    def take(self, data: bytes, still_wanted: Callable[[], bool] = lambda: True) -> Work:
        work = Work(data, self.finished.append, still_wanted)
        self.hands.take(work)
        return work

    async def started(self, count: int) -> None:
        await until(lambda: len(self.engine.started) == count)

    async def done(self, count: int) -> None:
        await until(lambda: len(self.finished) == count)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench(FakeEngine(slots=2))
    yield bench
    bench.hands.close()


@pytest.fixture
async def seeing() -> AsyncIterator[Bench]:
    """Hands that really decode."""
    bench = Bench(FakeEngine(slots=2, needs_pixels=True))
    yield bench
    bench.hands.close()


async def test_a_picture_goes_through_decode_inference_and_parsing(seeing: Bench) -> None:
    work = seeing.take(grey_jpeg(64, 48))
    await seeing.started(1)
    seeing.engine.answer()
    await seeing.done(1)
    assert (work.width, work.height, work.detections, work.error) == (64, 48, (FOUND,), None)
    assert work.decode_seconds > 0
    assert work.infer_seconds > 0
    assert seeing.hands.served == 1


async def test_hands_hold_what_keeps_every_slot_and_thread_busy_while_others_are_exchanged() -> (
    None
):
    bench = Bench(FakeEngine(slots=3), threads=2)
    assert bench.hands.capacity == bench.hands.free == 7
    bench.take(header_jpeg(1, 1))
    assert (bench.hands.in_hand, bench.hands.free) == (1, 6)
    bench.engine.prepare_error = ValueError("so that it ends")
    await until(lambda: bool(bench.engine.waiting or bench.finished))
    while bench.engine.waiting:
        bench.engine.answer()
    await bench.done(1)
    bench.hands.close()


async def test_never_more_pictures_are_started_than_the_engine_has_slots(bench: Bench) -> None:
    for number in range(1, 9):
        bench.take(header_jpeg(number, 1))
    for answered in range(8):
        await bench.started(min(8, answered + 2))
        bench.engine.answer()
    await bench.done(8)
    assert bench.engine.most == 2


async def test_one_decode_thread_keeps_the_order(bench: Bench) -> None:
    for number in range(1, 7):
        bench.take(header_jpeg(number, 1))
    for answered in range(6):
        await bench.started(min(6, answered + 2))
        bench.engine.answer()
    await bench.done(6)
    assert [width for width, _ in bench.engine.started] == [1, 2, 3, 4, 5, 6]


async def test_the_next_picture_is_started_before_the_last_one_is_handed_out() -> None:
    engine = FakeEngine(slots=1)
    hands = Hands(engine, threads=1)
    started_by_then: list[int] = []

    def finish(_: Work) -> None:
        started_by_then.append(len(engine.started))

    for _ in range(2):
        hands.take(Work(header_jpeg(1, 1), finish, lambda: True))
    await until(lambda: len(engine.started) == 1 and len(hands._ready) == 1)
    engine.answer()
    await until(lambda: len(started_by_then) == 1)
    engine.answer()
    await until(lambda: len(started_by_then) == 2)
    assert started_by_then == [2, 2]
    hands.close()


async def test_a_picture_that_nobody_wants_any_more_is_not_inferred(bench: Bench) -> None:
    wanted = True
    for _ in range(2):
        bench.take(header_jpeg(1, 1))
    await bench.started(2)
    late = bench.take(header_jpeg(2, 2), lambda: wanted)
    await until(lambda: len(bench.hands._ready) == 1)
    wanted = False
    bench.engine.answer()
    bench.engine.answer()
    await bench.done(3)
    assert late.unwanted
    assert (2, 2) not in bench.engine.started
    assert bench.hands.served == 2


async def test_a_picture_that_cannot_be_decoded_names_its_reason(seeing: Bench) -> None:
    works = [
        seeing.take(data)
        for data in (b"no picture", grey_jpeg()[:-40], header_jpeg(30_000, 30_000))
    ]
    await seeing.done(3)
    reasons = [work.error.reason for work in works if isinstance(work.error, ImageError)]
    assert reasons == [DropReason.UNDECODABLE, DropReason.UNDECODABLE, DropReason.TOO_LARGE]
    assert seeing.engine.started == []


@pytest.mark.parametrize("stage", ["prepare_error", "start_error", "parse_error"])
async def test_an_engine_that_fails_on_one_picture_serves_the_next(
    bench: Bench, stage: str
) -> None:
    failure = RuntimeError("a bad tensor")
    setattr(bench.engine, stage, failure)
    failed = [bench.take(header_jpeg(1, 1)) for _ in range(10)]
    for _ in failed if stage == "parse_error" else ():
        await until(lambda: bool(bench.engine.waiting))
        bench.engine.answer()
    await bench.done(10)
    assert {work.error for work in failed} == {failure}
    setattr(bench.engine, stage, None)
    good = bench.take(header_jpeg(2, 2))
    await until(lambda: bool(bench.engine.waiting))
    bench.engine.answer()
    await bench.done(11)
    assert (good.error, good.detections) == (None, (FOUND,))
    assert bench.hands.in_hand == 0


async def test_an_answer_that_is_an_error_ends_the_work_with_it(bench: Bench) -> None:
    failure = RuntimeError("the device is gone")
    work = bench.take(header_jpeg(1, 1))
    await bench.started(1)
    bench.engine.answer(failure)
    await bench.done(1)
    assert work.error is failure


async def test_slots_are_busy_from_start_to_answer(bench: Bench) -> None:
    bench.take(header_jpeg(1, 1))
    await bench.started(1)
    assert bench.hands.slot_seconds._level == 1
    bench.engine.answer()
    await bench.done(1)
    assert bench.hands.slot_seconds._level == 0


async def test_closing_closes_the_engine() -> None:
    engine = FakeEngine()
    Hands(engine, threads=1).close()
    assert engine.closed
