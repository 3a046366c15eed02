"""A worker on a bench: real desks and hands between fake queues and a fake engine."""

# ruff: noqa: ARG002 - a fake looks at little
from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Sequence
from typing import cast

from apps.inference.hands import Hands
from apps.inference.jobs import JobDesk
from apps.inference.live import LiveDesk
from apps.inference.sharing import Sharing
from apps.inference.tally import Tally
from apps.inference.worker import JOB, LIVE, Worker
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.live_queue.frame_consumer import Batch, Consumer, PoppedFrame, Ticket
from apps.pipeline.messages import DropReason, Frame, Job, Result, wire
from apps.runtime.clock import RedisClock
from apps.runtime.errors import JobReason
from apps.runtime.service import Service
from tests.pictures import header_jpeg
from tests.unit.inference.fake_engine import FakeEngine

__all__ = ["BORN", "NOW", "Bench", "FakeConsumer", "FakeJobConsumer", "ManualClock", "popped"]

NOW = 1_700_000_000_000_000
BORN = NOW - 60_000_000


class ManualClock(RedisClock):
    """Redis' clock in the hand of the test, microseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.time = NOW

    def now(self) -> int:
        return self.time


class FakeConsumer:
    """A live queue that holds what the test puts into it.

    Attributes:
        frames: waiting.
        claimed: drops that the next answer claims.
        wanted: how many were asked for, exchange by exchange.
        settled: place and outcome of every frame that is done.
        published: channel and message of every result.
        error: raised by everything that asks Redis.
        left: whether the lease was ended.
        bell: set to wake whoever waits.
    """

    def __init__(self) -> None:
        self.frames: deque[PoppedFrame] = deque()
        self.claimed = 0
        self.wanted: list[int] = []
        self.settled: list[tuple[int, str]] = []
        self.published: list[tuple[str, Result]] = []
        self.error: Exception | None = None
        self.left = False
        self.leases_lost = 0
        self.bell = asyncio.Event()

    async def exchange(self, wanted: int, publish: Sequence[tuple[str, bytes]] = ()) -> Batch:
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.wanted.append(wanted)
        self.published += [(channel, wire.decode(Result, data)) for channel, data in publish]
        taken = [self.frames.popleft() for _ in range(min(wanted, len(self.frames)))]
        claimed, self.claimed = self.claimed, 0
        return Batch(taken, claimed, NOW)

    def settle(self, ticket: Ticket, outcome: str | DropReason) -> None:
        self.settled.append((ticket.place, str(outcome)))

    async def wait(self, seconds: float) -> None:
        if self.error is not None:
            raise self.error
        await self.bell.wait()
        self.bell.clear()

    async def leave(self) -> None:
        if self.error is not None:
            raise self.error
        self.left = True


class FakeJobConsumer:
    """A job queue that holds what the test puts into it.

    Attributes:
        jobs: waiting.
        ended: id and outcome of every job that is done.
    """

    def __init__(self) -> None:
        self.name = "jobber"
        self.jobs: deque[Job] = deque()
        self.ended: list[tuple[str, str]] = []
        self.results: list[Result] = []
        self.counts: dict[str, int] = {}
        self.unsent = 0
        self.left = False
        self.bell = asyncio.Event()

    async def take(self, wanted: int) -> list[Job]:
        self.unsent = 0
        return [self.jobs.popleft() for _ in range(min(wanted, len(self.jobs)))]

    def done(self, job: Job, result: Result) -> None:
        self.results.append(result)
        self._end(job, "done")

    def fail(self, job: Job, reason: JobReason, error: str) -> None:
        self._end(job, f"failed: {reason}")

    def retry(self, job: Job, error: str) -> None:
        self._end(job, f"retry: {error}")

    def expire(self, job: Job) -> None:
        self._end(job, "expired")

    async def wait(self, seconds: float) -> None:
        await self.bell.wait()
        self.bell.clear()

    async def leave(self) -> None:
        self.left = True

    def _end(self, job: Job, outcome: str) -> None:
        self.ended.append((job.id, outcome))
        self.unsent += 1
        word = outcome.partition(":")[0]
        self.counts[word] = self.counts.get(word, 0) + 1


class Bench:
    """Everything of a worker, for the task `face`; nothing runs yet."""

    def __init__(self, *, slots: int = 2, device: str = "CPU") -> None:
        self.service = Service("inference")
        self.engine = FakeEngine(slots=slots, device=device)
        self.clock = ManualClock()
        self.consumer = FakeConsumer()
        self.jobs = FakeJobConsumer()
        self.watched: set[str] = set()
        info = self.engine.info
        self.tally = Tally(
            self.service.metrics, task="face", model=info.model, precision=info.precision,
            device=info.device,
        )  # fmt: skip
        self.hands = Hands(self.engine, threads=1)
        self.live = LiveDesk(
            cast(Consumer, self.consumer), self.hands, info, self.clock, self.tally, task="face",
            freshness=2.0, watched=self.watched.__contains__,
            on_finish=lambda work: self.worker.finished(LIVE, work),
        )  # fmt: skip
        self.job_desk = JobDesk(
            cast(JobConsumer, self.jobs), self.hands, info, self.clock, self.tally,
            on_finish=lambda work: self.worker.finished(JOB, work),
        )  # fmt: skip
        self.worker = Worker(self.service, self.hands, self.live, self.job_desk, Sharing(0.3))
        self._places = itertools.count(1)

    def add(self, count: int = 1) -> None:
        """Put good frames into the live queue."""
        for _ in range(count):
            self.consumer.frames.append(popped(next(self._places)))

    def sample(self, metric: str, **labels: str) -> float:
        """The present value of a metric of this worker; 0 if it has none."""
        info = self.engine.info
        mine = {"task": "face", "model": info.model, "precision": info.precision}
        known = {"device": info.device, **mine, **labels}
        return self.service.metrics.registry.get_sample_value(metric, known) or 0.0

    def close(self) -> None:
        """Let the threads go."""
        self.hands.close()


def popped(place: int, data: bytes | None = None, *, age: float = 0.1) -> PoppedFrame:
    """A frame out of the queue: a good one unless `data` says otherwise, captured `age` s ago."""
    if data is None:
        frame = Frame(
            name="hall", category="face", data=header_jpeg(640, 480), sequence=place, epoch=7,
            captured_at=NOW - int(age * 1_000_000),
        )  # fmt: skip
        data = wire.encode(frame)
    ticket = Ticket("worker", f"{BORN}-abcd", 1, place)
    return PoppedFrame(ticket, data, arrived_at=NOW - 50_000, arrival=place, name="hall")
