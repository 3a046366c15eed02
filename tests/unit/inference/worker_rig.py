"""A worker with fakes: real loops and slots between fake queues and a fake engine."""

# ruff: noqa: ARG002 - a fake ignores some arguments
from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Sequence
from typing import cast

from apps.inference.inference_slots import InferenceSlots
from apps.inference.job_loop import JobLoop
from apps.inference.live_loop import LiveLoop
from apps.inference.sharing import TimeSharing
from apps.inference.work_loop import WorkKind
from apps.inference.worker import Worker
from apps.inference.worker_metrics import WorkerMetrics
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.live_queue.frame_consumer import Batch, FrameConsumer, PoppedFrame, Ticket
from apps.pipeline.messages import DropReason, Frame, Result, wire
from apps.pipeline.messages.job import Job
from apps.runtime.clock import RedisClock
from apps.runtime.errors import JobReason
from apps.runtime.service import Service
from tests.support.pictures import header_jpeg
from tests.unit.inference.fake_engine import FakeEngine

__all__ = [
    "CREATED",
    "NOW",
    "FakeConsumer",
    "FakeJobConsumer",
    "ManualClock",
    "WorkerRig",
    "popped",
]

NOW = 1_700_000_000_000_000
CREATED = NOW - 60_000_000


class ManualClock(RedisClock):
    """A clock that the test sets, microseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.time = NOW

    def now(self) -> int:
        return self.time


class FakeConsumer:
    """A live queue that the test fills.

    Attributes:
        frames: waiting frames.
        claimed: drops that the next exchange claims.
        wanted: number of frames wanted, per exchange.
        settled: place and outcome of each settled frame.
        published: channel and result, in order.
        error: raised by every request to Redis.
        left: whether the lease was ended.
        notification: set it to end `wait`.
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
        self.notification = asyncio.Event()

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
        await self.notification.wait()
        self.notification.clear()

    async def leave(self) -> None:
        if self.error is not None:
            raise self.error
        self.left = True


class FakeJobConsumer:
    """A job queue that the test fills.

    Attributes:
        jobs: waiting jobs.
        ended: id and outcome of each finished job.
    """

    def __init__(self) -> None:
        self.name = "job-consumer"
        self.jobs: deque[Job] = deque()
        self.ended: list[tuple[str, str]] = []
        self.results: list[Result] = []
        self.counts: dict[str, int] = {}
        self.unsent = 0
        self.left = False
        self.notification = asyncio.Event()

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
        await self.notification.wait()
        self.notification.clear()

    async def leave(self) -> None:
        self.left = True

    def _end(self, job: Job, outcome: str) -> None:
        self.ended.append((job.id, outcome))
        self.unsent += 1
        name = outcome.partition(":")[0]
        self.counts[name] = self.counts.get(name, 0) + 1


class WorkerRig:
    """All parts of a worker of the task `face`; nothing runs yet."""

    def __init__(self, *, slots: int = 2, device: str = "CPU") -> None:
        self.service = Service("inference")
        self.engine = FakeEngine(slots=slots, device=device)
        self.clock = ManualClock()
        self.consumer = FakeConsumer()
        self.jobs = FakeJobConsumer()
        self.watched: set[str] = set()
        info = self.engine.info
        self.metrics = WorkerMetrics(
            self.service.metrics, task="face", model=info.model, precision=info.precision,
            device=info.device,
        )  # fmt: skip
        self.slots = InferenceSlots(self.engine, threads=1)
        self.live = LiveLoop(
            cast(FrameConsumer, self.consumer), self.slots, info, self.clock, self.metrics,
            task="face", freshness=2.0, watched=self.watched.__contains__,
            on_finish=self._finished,
        )  # fmt: skip
        self.job_loop = JobLoop(
            cast(JobConsumer, self.jobs), self.slots, info, self.clock, self.metrics,
            on_finish=self._finished,
        )  # fmt: skip
        self.worker = Worker(self.service, self.slots, (self.live, self.job_loop), TimeSharing(0.3))
        self._places = itertools.count(1)

    def _finished(self, kind: WorkKind, seconds: float) -> None:
        self.worker.finished(kind, seconds)

    def add(self, count: int = 1) -> None:
        """Put valid frames into the live queue."""
        for _ in range(count):
            self.consumer.frames.append(popped(next(self._places)))

    def sample(self, metric: str, **labels: str) -> float:
        """The value of a metric of this worker; 0 if the metric does not exist."""
        info = self.engine.info
        known = {
            "task": "face", "model": info.model, "precision": info.precision,
            "device": info.device, **labels,
        }  # fmt: skip
        return self.service.metrics.registry.get_sample_value(metric, known) or 0.0

    def close(self) -> None:
        """Stop the decode threads."""
        self.slots.close()


def popped(place: int, data: bytes | None = None, *, age: float = 0.1) -> PoppedFrame:
    """A frame from the queue, captured `age` seconds ago; valid unless `data` is given."""
    if data is None:
        frame = Frame(
            name="hall", category="face", data=header_jpeg(640, 480), sequence=place, epoch=7,
            captured_at=NOW - int(age * 1_000_000),
        )  # fmt: skip
        data = wire.encode(frame)
    ticket = Ticket("worker", f"{CREATED}-abcd", 1, place)
    return PoppedFrame(ticket, data, arrived_at=NOW - 50_000, arrival=place, name="hall")
