"""The capture thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from apps.runtime.errors import SourceError
from apps.streams.capture.capture import Capture
from apps.streams.source_counters import SourceDrop
from apps.vision.video.demux import AccessRefusedError
from apps.vision.video.picture import PictureForm
from tests.support.fake_source import FakeSource
from tests.support.waiting import until
from tests.unit.streams.capture.recording_receiver import RecordingReceiver


class Bench:
    """A capture of a fake source."""

    def __init__(self, *, fps: float = 0.0) -> None:
        self.source = FakeSource()
        self.receiver = RecordingReceiver()
        self.capture = Capture(
            self.source, self.receiver, form=PictureForm(), fps=fps, notify=self.receiver.notify
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


async def test_it_passes_pictures_on_and_notifies_at_the_first(bench: Bench) -> None:
    bench.source.give(3)
    await until(lambda: len(bench.receiver.pictures) == 3)
    assert bench.receiver.notifications == 1
    assert bench.capture.status.picture_us > bench.capture.status.started_us


async def test_its_status_has_the_reason_for_its_end(bench: Bench) -> None:
    bench.source.fail(SourceError("unplugged"))
    await bench.finished()
    assert (bench.capture.status.error, bench.capture.status.refused) == ("unplugged", False)
    assert bench.receiver.notifications == 1
    assert bench.source.closed == 1


async def test_its_status_shows_refused_credentials(bench: Bench) -> None:
    bench.source.fail(AccessRefusedError("wrong password"))
    await bench.finished()
    assert bench.capture.status.refused


async def test_a_recording_that_ends_has_no_error(bench: Bench) -> None:
    bench.source.end()
    await bench.finished()
    assert bench.capture.status.error == ""


async def test_an_unexpected_error_ends_it_and_is_reported(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.source.fail(ZeroDivisionError("a bug"))
    await bench.finished()
    assert bench.capture.status.unexpected
    assert "a bug" in caplog.text


async def test_damaged_pictures_are_dropped_and_do_not_make_it_live(bench: Bench) -> None:
    bench.source.give_damaged()
    bench.source.give(1, b"\xff\xd8 no end")
    await until(lambda: len(bench.receiver.drops) == 2)
    view = bench.capture.status
    assert bench.receiver.drops == [SourceDrop.DAMAGED, SourceDrop.DAMAGED]
    assert (view.picture_us, bool(view.error)) == (0, True)
    bench.source.give()
    await until(lambda: bench.capture.status.error == "")


async def test_pictures_over_the_rate_are_dropped_before_they_are_encoded() -> None:
    bench = Bench(fps=0.001)
    bench.source.give()
    bench.source.give(5, b"not a JPEG, but never decoded")
    await until(lambda: len(bench.receiver.drops) == 5)
    assert bench.receiver.drops == [SourceDrop.RATE] * 5
    assert len(bench.receiver.pictures) == 1
    bench.capture.stop()
    await bench.finished()


async def test_a_stopped_capture_passes_nothing_on(bench: Bench) -> None:
    bench.source.hang()
    await asyncio.sleep(0)
    bench.capture.stop()
    bench.source.give(3)
    bench.source.release()
    await bench.finished()
    assert bench.receiver.pictures == []
    assert bench.source.closed == 1
