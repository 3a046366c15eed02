"""Keeps a source running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from apps.pipeline.messages import SourceState
from apps.runtime.errors import SourceError
from apps.streams.capture.capture import Capture
from apps.streams.capture.lifecycle import CaptureTimeouts, Lifecycle
from apps.streams.capture.supervisor import SourceSupervisor
from apps.vision.video.picture import PictureForm
from tests.support.fake_source import FakeSource
from tests.support.waiting import until
from tests.unit.streams.capture.recording_receiver import RecordingReceiver


def at_once() -> Iterator[float]:
    while True:
        yield 0.0


class Bench:
    """A supervisor of a fake source."""

    def __init__(self, patience: CaptureTimeouts | None = None) -> None:
        self.source = FakeSource()
        self.receiver = RecordingReceiver()
        self.changes = 0
        self.errors = 0
        self.lifecycle = Lifecycle(patience, retries=at_once)
        self.supervisor = SourceSupervisor(
            "door", self.lifecycle, self.open, self.change, self.count_error
        )
        self.running = asyncio.create_task(self.supervisor.run())

    def open(self, notify: Callable[[], None]) -> Capture:
        return Capture(self.source, self.receiver, form=PictureForm(), fps=0.0, notify=notify)

    def change(self) -> None:
        self.changes += 1

    def count_error(self) -> None:
        self.errors += 1

    async def state(self, state: SourceState) -> None:
        await until(lambda: self.lifecycle.state is state)

    async def close(self) -> None:
        self.source.release()
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        assert self.source.opened == self.source.closed


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    await made.close()


async def test_a_failing_source_is_opened_again_without_limit(bench: Bench) -> None:
    for number in range(1, 6):
        bench.source.give()
        await until(lambda wanted=number: len(bench.receiver.pictures) == wanted)  # type: ignore[misc]
        await bench.state(SourceState.LIVE)
        bench.source.fail(SourceError("gone"))
        await until(lambda wanted=number: bench.source.closed == wanted)  # type: ignore[misc]
    bench.source.give()
    await bench.state(SourceState.LIVE)
    assert bench.source.opened == 6


async def test_every_change_is_reported(bench: Bench) -> None:
    bench.source.give()
    await bench.state(SourceState.LIVE)
    bench.source.end()
    await bench.state(SourceState.ENDED)
    assert bench.changes == 2


async def test_a_paused_source_is_closed_and_a_resumed_source_is_live_again(bench: Bench) -> None:
    bench.source.give()
    await bench.state(SourceState.LIVE)
    bench.supervisor.pause()
    await until(lambda: bench.source.closed == 1)
    assert bench.lifecycle.state is SourceState.PAUSED
    bench.supervisor.resume()
    bench.source.give()
    await bench.state(SourceState.LIVE)
    assert bench.source.opened == 2


async def test_an_unexpected_error_is_counted_and_the_source_opened_again(bench: Bench) -> None:
    bench.source.fail(ZeroDivisionError("a bug"))
    await until(lambda: bench.errors == 1)
    bench.source.give()
    await bench.state(SourceState.LIVE)


async def test_the_number_of_hanging_reads_is_limited() -> None:
    bench = Bench(CaptureTimeouts(open_seconds=0.0, silent_seconds=0.0, stuck_threads=2))
    bench.source.hang()
    bench.source.hang()
    await until(lambda: bench.supervisor.stuck == 2)
    await until(lambda: "hang" in bench.lifecycle.error)
    assert bench.source.opened == 2
    bench.source.release()
    await until(lambda: bench.source.opened > 2)
    await bench.close()
