"""Cameras that push JPEGs: as fast as the queue takes them, or at their own pace."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from apps.pipeline.live_queue.frame_queue import FrameQueue, PushAnswer
from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.messages import Frame
from apps.runtime import cancellation
from tools.bench.measurement import Figure, Target
from tools.bench.processes import CpuTime
from tools.bench.rig import Rig

__all__ = [
    "LoadCamera",
    "WorkerSample",
    "compared",
    "drained",
    "filled",
    "flood_names",
    "saturated",
]

#: Before a full queue is tried again.
_RETRY_SECONDS = 0.02
#: Cameras that fill a queue: enough that no worker can tell it from a busy site.
_CAMERAS = 4


@dataclass(slots=True)
class LoadCamera:
    """Pushes frames of one stream.

    Attributes:
        bench: where to.
        task: of the queue.
        name: of the stream.
        jpegs: its pictures, over and over.
        pushed: frames so far, refused ones not counted.
    """

    bench: Rig
    task: str
    name: str
    jpegs: Sequence[bytes]
    pushed: int = 0
    _queue: FrameQueue = field(init=False)
    _epoch: int = field(init=False)

    def __post_init__(self) -> None:
        self._queue = FrameQueue(self.bench.redis, self.task)
        self._epoch = self.bench.clock.now()

    async def flood(self) -> None:
        """Push whenever there is room, until cancelled."""
        for jpeg in itertools.cycle(self.jpegs):
            while True:
                cancellation.heed()
                if await self._push(jpeg, Policy.BLOCK) is not PushAnswer.FULL:
                    break
                await asyncio.sleep(_RETRY_SECONDS)

    async def film(self, fps: float, phase: float) -> None:
        """Push at a steady rate, until cancelled.

        Args:
            fps: frames per second.
            phase: of its first frame, in 0..1 of the time between two.
        """
        began = time.monotonic() + phase / fps
        for number, jpeg in enumerate(itertools.cycle(self.jpegs)):
            cancellation.heed()
            await asyncio.sleep(began + number / fps - time.monotonic())
            await self._push(jpeg, Policy.OLDEST)

    async def once(self) -> None:
        """Push one frame."""
        await self._push(self.jpegs[0], Policy.OLDEST)

    async def _push(self, jpeg: bytes, policy: Policy) -> PushAnswer:
        frame = Frame(
            name=self.name, category=self.task, data=jpeg, sequence=self.pushed,
            epoch=self._epoch, captured_at=self.bench.clock.now(),
        )  # fmt: skip
        answer = (await self._queue.push(frame, policy)).answer
        self.pushed += answer is not PushAnswer.FULL
        return answer


def flood_names() -> list[str]:
    """The streams that fill a queue."""
    return [f"flood-{number}" for number in range(_CAMERAS)]


def compared(
    ours: Sequence[WorkerSample], theirs: Sequence[WorkerSample], name: str, target: Target | None
) -> Figure:
    """Frames per second, ours over theirs; the note has the same of frames per core-second."""
    pairs = list(zip(ours, theirs, strict=True))
    by_cost = statistics.median(other.cost / own.cost for own, other in pairs)
    rates = [own.rate / other.rate for own, other in pairs]
    return Figure(name, rates, target=target, note=f"per core-second {by_cost:.3g}")


@asynccontextmanager
async def filled(bench: Rig, task: str, jpegs: Sequence[bytes]) -> AsyncIterator[None]:
    """A queue that never runs empty, and never overflows, as long as the block lasts."""
    cameras = [LoadCamera(bench, task, name, jpegs) for name in flood_names()]
    tasks = [asyncio.create_task(camera.flood()) for camera in cameras]
    try:
        yield
    finally:
        for task_ in tasks:
            task_.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class WorkerSample:
    """What workers did in some seconds.

    Attributes:
        frames: inferred and published.
        cpu: core-seconds of the workers.
        wall: seconds.
    """

    frames: int
    cpu: float
    wall: float

    @property
    def cost(self) -> float:
        """Core-seconds per frame."""
        return self.cpu / max(self.frames, 1)

    @property
    def rate(self) -> float:
        """Frames per second."""
        return self.frames / self.wall


async def drained(bench: Rig, task: str, bounds: LiveSettings | None = None) -> None:
    """Wait until nothing waits and nothing is in hand."""
    queue = FrameQueue(bench.redis, task, bounds)
    while True:
        books = (await queue.sweep()).total
        if not books.queued and not books.in_flight:
            return
        await asyncio.sleep(0.1)


async def saturated(
    bench: Rig, task: str, pids: tuple[int, ...], jpegs: Sequence[bytes], settle: float = 0.5
) -> WorkerSample:
    """What workers do in one sample's time when there is always more to do.

    Args:
        bench: where they work.
        task: that they serve.
        pids: their processes.
        jpegs: the pictures.
        settle: seconds until the hands are full and the sample begins.
    """
    async with filled(bench, task, jpegs):
        await asyncio.sleep(settle)
        before, spent = (await bench.books(task)).total.inferred, CpuTime(pids)
        await asyncio.sleep(bench.context.seconds)
        after, cpu, wall = (await bench.books(task)).total.inferred, spent.cpu, spent.wall
    await drained(bench, task)
    return WorkerSample(after - before, cpu, wall)
