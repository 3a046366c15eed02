"""Inference slots: decode, start, parse; a failed picture does not stop them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from apps.inference.inference_slots import InferenceAnswer, InferenceRequest, InferenceSlots
from apps.pipeline.messages import DropReason
from apps.runtime.errors import ImageError
from tests.support.pictures import grey_jpeg, header_jpeg
from tests.support.waiting import until
from tests.unit.inference.fake_engine import FOUND, FakeEngine


class SlotsRig:
    """Inference slots on a fake engine, and their answers in order."""

    def __init__(self, engine: FakeEngine, *, threads: int = 1, max_pixels: int = 10_000) -> None:
        self.engine = engine
        self.slots = InferenceSlots(engine, threads=threads, max_pixels=max_pixels)
        self.finished: list[InferenceAnswer] = []

    def submit(self, data: bytes, still_wanted: Callable[[], bool] = lambda: True) -> None:
        self.slots.submit(InferenceRequest(data, self.finished.append, still_wanted))

    async def started(self, count: int) -> None:
        await until(lambda: len(self.engine.started) == count)

    async def done(self, count: int) -> None:
        await until(lambda: len(self.finished) == count)


@pytest.fixture
async def rig() -> AsyncIterator[SlotsRig]:
    rig = SlotsRig(FakeEngine(slots=2))
    yield rig
    rig.slots.close()


@pytest.fixture
async def decoding() -> AsyncIterator[SlotsRig]:
    """Slots that decode pictures."""
    rig = SlotsRig(FakeEngine(slots=2, needs_pixels=True))
    yield rig
    rig.slots.close()


async def test_a_picture_goes_through_decode_inference_and_parsing(decoding: SlotsRig) -> None:
    decoding.submit(grey_jpeg(64, 48))
    await decoding.started(1)
    decoding.engine.answer()
    await decoding.done(1)
    (answer,) = decoding.finished
    assert (answer.width, answer.height) == (64, 48)
    assert (answer.detections, answer.error) == ((FOUND,), None)
    assert answer.decode_seconds > 0
    assert answer.infer_seconds > 0
    assert decoding.slots.served == 1


async def test_the_capacity_covers_slots_threads_and_a_refill() -> None:
    rig = SlotsRig(FakeEngine(slots=3), threads=2)
    assert rig.slots.capacity == rig.slots.free == 7
    rig.submit(header_jpeg(1, 1))
    assert (rig.slots.in_progress, rig.slots.free) == (1, 6)
    rig.engine.prepare_error = ValueError("invalid tensor")
    await until(lambda: bool(rig.engine.waiting or rig.finished))
    while rig.engine.waiting:
        rig.engine.answer()
    await rig.done(1)
    rig.slots.close()


async def test_running_requests_never_exceed_the_slots_of_the_engine(rig: SlotsRig) -> None:
    for number in range(1, 9):
        rig.submit(header_jpeg(number, 1))
    for answered in range(8):
        await rig.started(min(8, answered + 2))
        rig.engine.answer()
    await rig.done(8)
    assert rig.engine.most == 2


async def test_one_decode_thread_keeps_the_order(rig: SlotsRig) -> None:
    for number in range(1, 7):
        rig.submit(header_jpeg(number, 1))
    for answered in range(6):
        await rig.started(min(6, answered + 2))
        rig.engine.answer()
    await rig.done(6)
    assert [width for width, _ in rig.engine.started] == [1, 2, 3, 4, 5, 6]


async def test_the_next_picture_starts_before_the_previous_answer_is_delivered() -> None:
    engine = FakeEngine(slots=1)
    slots = InferenceSlots(engine, threads=1)
    started_at_finish: list[int] = []

    def finish(_: InferenceAnswer) -> None:
        started_at_finish.append(len(engine.started))

    for _ in range(2):
        slots.submit(InferenceRequest(header_jpeg(1, 1), finish, lambda: True))
    await until(lambda: len(engine.started) == 1 and len(slots._ready) == 1)
    engine.answer()
    await until(lambda: len(started_at_finish) == 1)
    engine.answer()
    await until(lambda: len(started_at_finish) == 2)
    assert started_at_finish == [2, 2]
    slots.close()


async def test_a_picture_that_is_no_longer_wanted_is_not_inferred(rig: SlotsRig) -> None:
    wanted = True
    for _ in range(2):
        rig.submit(header_jpeg(1, 1))
    await rig.started(2)
    rig.submit(header_jpeg(2, 2), lambda: wanted)
    await until(lambda: len(rig.slots._ready) == 1)
    wanted = False
    rig.engine.answer()
    rig.engine.answer()
    await rig.done(3)
    assert [answer.expired for answer in rig.finished].count(True) == 1
    assert (2, 2) not in rig.engine.started
    assert rig.slots.served == 2


async def test_a_picture_that_cannot_be_decoded_has_a_reason(decoding: SlotsRig) -> None:
    for data in (b"not a picture", grey_jpeg()[:-40], header_jpeg(30_000, 30_000)):
        decoding.submit(data)
    await decoding.done(3)
    errors = [answer.error for answer in decoding.finished]
    reasons = [error.reason for error in errors if isinstance(error, ImageError)]
    assert reasons == [DropReason.UNDECODABLE, DropReason.UNDECODABLE, DropReason.TOO_LARGE]
    assert decoding.engine.started == []


@pytest.mark.parametrize("stage", ["prepare_error", "start_error", "parse_error"])
async def test_an_engine_failure_does_not_affect_the_next_picture(
    rig: SlotsRig, stage: str
) -> None:
    failure = RuntimeError("invalid tensor")
    setattr(rig.engine, stage, failure)
    for _ in range(10):
        rig.submit(header_jpeg(1, 1))
    for _ in range(10 if stage == "parse_error" else 0):
        await until(lambda: bool(rig.engine.waiting))
        rig.engine.answer()
    await rig.done(10)
    assert [answer.error for answer in rig.finished] == [failure] * 10
    setattr(rig.engine, stage, None)
    rig.submit(header_jpeg(2, 2))
    await until(lambda: bool(rig.engine.waiting))
    rig.engine.answer()
    await rig.done(11)
    assert (rig.finished[-1].error, rig.finished[-1].detections) == (None, (FOUND,))
    assert rig.slots.in_progress == 0


async def test_an_error_of_the_device_is_in_the_answer(rig: SlotsRig) -> None:
    failure = RuntimeError("device lost")
    rig.submit(header_jpeg(1, 1))
    await rig.started(1)
    rig.engine.answer(failure)
    await rig.done(1)
    assert rig.finished[0].error is failure


async def test_a_slot_is_busy_from_start_to_answer(rig: SlotsRig) -> None:
    rig.submit(header_jpeg(1, 1))
    await rig.started(1)
    assert rig.slots.slot_seconds._level == 1
    rig.engine.answer()
    await rig.done(1)
    assert rig.slots.slot_seconds._level == 0


async def test_closing_closes_the_engine() -> None:
    engine = FakeEngine()
    InferenceSlots(engine, threads=1).close()
    assert engine.closed
