"""The thread of one opening of one source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from apps.runtime.errors import SourceError
from apps.streams.capture.capture import Capture
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.source_counters import SourceDrop
from apps.vision.video.demux import AccessRefusedError
from apps.vision.video.picture import CapturedPicture, PictureForm
from tests.support.waiting import until
from tests.unit.streams.fake_source import FakeSource


class Taker:
    """A receiver that keeps what it gets."""

    def __init__(self) -> None:
        self.pictures: list[CapturedPicture] = []
        self.drops: list[SourceDrop] = []
        self.news = 0

    def take(self, picture: CapturedPicture) -> None:
        self.pictures.append(picture)

    def drop(self, reason: SourceDrop) -> None:
        self.drops.append(reason)

    def wait_for_space(self, stop: StopSignal) -> None:
        pass

    def tell(self) -> None:
        self.news += 1


class Bench:
    """A capture of a fake source."""

    def __init__(self, *, fps: float = 0.0) -> None:
        self.source = FakeSource()
        self.taker = Taker()
        self.capture = Capture(
            self.source, self.taker, form=PictureForm(), fps=fps, notify=self.taker.tell
        )
        self.capture.start()

    async def finished(self) -> None:
        await until(lambda: self.capture.status.finished)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    made.capture.stop()
    made.source.release()
    await made.finished()


async def test_it_hands_on_what_comes_and_tells_of_the_first(bench: Bench) -> None:
    bench.source.give(3)
    await until(lambda: len(bench.taker.pictures) == 3)
    assert bench.taker.news == 1
    assert bench.capture.status.picture_us > bench.capture.status.started_us


async def test_it_says_why_it_ended(bench: Bench) -> None:
    bench.source.fail(SourceError("unplugged"))
    await bench.finished()
    assert (bench.capture.status.error, bench.capture.status.refused) == ("unplugged", False)
    assert bench.taker.news == 1
    assert bench.source.closed == 1


async def test_it_says_that_it_was_refused(bench: Bench) -> None:
    bench.source.fail(AccessRefusedError("wrong password"))
    await bench.finished()
    assert bench.capture.status.refused


async def test_a_recording_that_ends_has_no_error(bench: Bench) -> None:
    bench.source.end()
    await bench.finished()
    assert bench.capture.status.error == ""


async def test_an_error_that_nobody_expected_ends_it_and_is_told(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.source.fail(ZeroDivisionError("a bug"))
    await bench.finished()
    assert bench.capture.status.unexpected
    assert "a bug" in caplog.text


async def test_damaged_pictures_are_dropped_and_are_no_sign_of_life(bench: Bench) -> None:
    bench.source.give_damaged()
    bench.source.give(1, b"\xff\xd8 no end")
    await until(lambda: len(bench.taker.drops) == 2)
    view = bench.capture.status
    assert bench.taker.drops == [SourceDrop.DAMAGED, SourceDrop.DAMAGED]
    assert (view.picture_us, bool(view.error)) == (0, True)
    bench.source.give()
    await until(lambda: bench.capture.status.error == "")


async def test_pictures_over_the_rate_are_dropped_before_they_are_encoded() -> None:
    bench = Bench(fps=0.001)
    bench.source.give()
    bench.source.give(5, b"would be damaged if anybody looked")
    await until(lambda: len(bench.taker.drops) == 5)
    assert bench.taker.drops == [SourceDrop.RATE] * 5
    assert len(bench.taker.pictures) == 1
    bench.capture.stop()
    await bench.finished()


async def test_a_stopped_capture_hands_on_nothing_more(bench: Bench) -> None:
    bench.source.hang()
    await asyncio.sleep(0)
    bench.capture.stop()
    bench.source.give(3)
    bench.source.release()
    await bench.finished()
    assert bench.taker.pictures == []
    assert bench.source.closed == 1
