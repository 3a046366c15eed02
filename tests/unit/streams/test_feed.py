"""From a source to a queue: the newest frame wins, all are counted, none is pushed twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.pipeline.live_queue.frame_queue import PushAnswer, Pushed
from apps.pipeline.messages import Frame
from apps.runtime.metrics import Metrics
from apps.streams.feed import Feed
from apps.streams.source_counters import SourceCounters, SourceCounts
from apps.vision.video.picture import CapturedPicture
from tests.support.waiting import until

EPOCH = 1_700_000_000_000_000


def at_once() -> Iterator[float]:
    while True:
        yield 0.0


class FakeQueue:
    """Gives the configured answers; holds pushes while `open` is not set."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.answers: list[PushAnswer | Exception] = []
        self.unreachable = False
        self.open = asyncio.Event()
        self.open.set()

    async def push(self, frame: Frame) -> Pushed:
        self.frames.append(frame)
        await self.open.wait()
        if self.unreachable:
            raise RedisConnectionError("gone")
        answer = self.answers.pop(0) if self.answers else PushAnswer.ACCEPTED
        if isinstance(answer, Exception):
            raise answer
        return Pushed(answer, 1)

    @property
    def sequences(self) -> list[int | None]:
        return [frame.sequence for frame in self.frames]


class Bench:
    """A feed on a fake queue."""

    def __init__(self) -> None:
        self.queue = FakeQueue()
        self.counters = SourceCounters("door:face", "face", Metrics())
        self.feed = Feed("door", "face", self.queue.push, self.counters, delays=at_once)
        self.running: asyncio.Task[None] | None = None

    def run(self) -> None:
        self.running = asyncio.create_task(self.feed.run(EPOCH, lambda moment: EPOCH + moment))

    def put(self, *sequences: int) -> None:
        for sequence in sequences:
            self.feed.put(sequence, CapturedPicture(b"jpeg", 64, 48, 1000 * sequence))

    @property
    def counts(self) -> SourceCounts:
        return self.counters.counts


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    if made.running is not None:
        made.running.cancel()
        await asyncio.gather(made.running, return_exceptions=True)


async def test_a_picture_becomes_a_frame_of_its_stream(bench: Bench) -> None:
    bench.run()
    bench.put(7)
    await until(lambda: bench.counts.pushed == 1)
    assert bench.queue.frames == [
        Frame(
            name="door", category="face", data=b"jpeg",
            sequence=7, epoch=EPOCH, captured_at=EPOCH + 7000,
        )
    ]  # fmt: skip


async def test_the_newest_picture_wins_during_a_slow_push(bench: Bench) -> None:
    bench.queue.open.clear()
    bench.run()
    bench.put(0)
    await until(lambda: len(bench.queue.frames) == 1)
    bench.put(1, 2, 3)
    bench.queue.open.set()
    await until(lambda: bench.counts.pending == 0)
    assert bench.queue.sequences == [0, 3]
    assert bench.counts == SourceCounts(captured=4, pushed=2, dropped={"behind": 2})


async def test_the_same_frame_is_pushed_until_the_queue_answers(bench: Bench) -> None:
    bench.queue.answers = [RedisConnectionError("gone")] * 3
    bench.run()
    bench.put(0)
    await until(lambda: bench.counts.pushed == 1)
    assert bench.queue.sequences == [0, 0, 0, 0]
    assert all(frame == bench.queue.frames[0] for frame in bench.queue.frames)


async def test_drops_while_redis_is_unreachable_are_counted_with_the_reason(bench: Bench) -> None:
    bench.queue.unreachable = True
    bench.run()
    bench.put(0)
    await until(lambda: bool(bench.feed.error))
    bench.put(1, 2, 3)
    assert "gone" in bench.feed.error
    bench.queue.unreachable = False
    await until(lambda: bench.counts.pending == 0)
    assert bench.counts == SourceCounts(captured=4, pushed=2, dropped={"unreachable": 2})
    assert bench.feed.error == ""


async def test_before_the_first_connection_all_frames_but_the_newest_are_dropped(
    bench: Bench,
) -> None:
    bench.put(*range(1000))
    assert bench.counts == SourceCounts(captured=1000, dropped={"unreachable": 999})
    bench.run()
    await until(lambda: bench.counts.pushed == 1)
    assert bench.queue.sequences == [999]


async def test_a_full_queue_gets_the_same_frame_again(bench: Bench) -> None:
    bench.queue.answers = [PushAnswer.FULL, PushAnswer.FULL]
    bench.run()
    bench.put(0)
    await until(lambda: len(bench.queue.frames) == 2)
    bench.put(1, 2)
    await until(lambda: bench.counts.pending == 0)
    assert bench.queue.sequences == [0, 0, 0, 2]
    assert bench.counts == SourceCounts(captured=3, pushed=2, dropped={"full": 1})


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (PushAnswer.NEWEST, SourceCounts(captured=1, pushed=1)),
        (PushAnswer.TOO_LARGE, SourceCounts(captured=1, dropped={"too_large": 1})),
        (PushAnswer.CONFLICT, SourceCounts(captured=1, dropped={"conflict": 1})),
        (PushAnswer.REPEAT, SourceCounts(captured=1, dropped={"conflict": 1})),
    ],
)
async def test_every_answer_of_the_queue_is_counted(
    bench: Bench, answer: PushAnswer, counts: SourceCounts
) -> None:
    bench.queue.answers = [answer]
    bench.run()
    bench.put(0)
    await until(lambda: bench.counts.pending == 0)
    assert bench.counts == counts


async def test_a_conflict_is_reported_until_the_queue_accepts_frames_again(bench: Bench) -> None:
    bench.queue.answers = [PushAnswer.CONFLICT]
    bench.run()
    bench.put(0)
    await until(lambda: bench.feed.conflict)
    bench.put(1)
    await until(lambda: not bench.feed.conflict)


async def test_a_closed_feed_pushes_its_frame_and_ends(bench: Bench) -> None:
    bench.put(0)
    bench.feed.close()
    bench.put(1)
    await bench.feed.run(EPOCH, lambda moment: moment)
    assert bench.counts == SourceCounts(captured=1, pushed=1)


async def test_pending_frames_are_counted_as_stopped(bench: Bench) -> None:
    bench.queue.open.clear()
    bench.run()
    bench.put(0)
    await until(lambda: len(bench.queue.frames) == 1)
    bench.put(1)
    bench.feed.close()
    assert bench.running is not None
    bench.running.cancel()
    await asyncio.gather(bench.running, return_exceptions=True)
    bench.feed.drop_pending()
    assert bench.counts == SourceCounts(captured=2, dropped={"stopped": 2})


async def test_every_picture_from_a_thread_is_counted(bench: Bench) -> None:
    bench.run()
    await asyncio.to_thread(bench.put, *range(5000))
    await until(lambda: bench.counts.pending == 0)
    counts = bench.counts
    assert counts.captured == 5000
    assert counts.captured == counts.pushed + sum(counts.dropped.values())
    assert bench.queue.sequences == sorted(set(bench.queue.sequences), key=lambda n: n or 0)
    assert bench.queue.sequences[-1] == 4999


async def test_there_is_space_when_the_mailbox_is_empty(bench: Bench) -> None:
    bench.put(0)
    assert not await asyncio.to_thread(bench.feed.has_space, 0)
    bench.run()
    assert await asyncio.to_thread(bench.feed.has_space, 10)
