"""Load: cameras that push JPEGs at full speed or at a steady rate."""

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

#: Pause before another push to a full queue.
_RETRY_SECONDS = 0.02
#: Number of cameras that keep a queue full.
_CAMERAS = 4


@dataclass(slots=True)
class LoadCamera:
    """Pushes frames of one stream.

    Attributes:
        bench: rig with the Redis to push to.
        task: task of the queue.
        name: stream name.
        jpegs: pictures, repeated in a cycle.
        pushed: accepted frames so far.
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
        """Push as fast as the queue accepts frames, until cancelled."""
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
            phase: offset of the first frame as a fraction of the frame interval, 0..1.
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
    """Names of the streams that keep a queue full."""
    return [f"flood-{number}" for number in range(_CAMERAS)]


def compared(
    ours: Sequence[WorkerSample], theirs: Sequence[WorkerSample], name: str, target: Target | None
) -> Figure:
    """Ratio of frames per second; the note has the ratio of frames per core-second."""
    pairs = list(zip(ours, theirs, strict=True))
    by_cost = statistics.median(other.cost / own.cost for own, other in pairs)
    rates = [own.rate / other.rate for own, other in pairs]
    return Figure(name, rates, target=target, note=f"per core-second {by_cost:.3g}")


@asynccontextmanager
async def filled(bench: Rig, task: str, jpegs: Sequence[bytes]) -> AsyncIterator[None]:
    """Keep a queue filled without overflow during the block."""
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
    """Work done during a sample.

    Attributes:
        frames: frames inferred and published.
        cpu: CPU time, core-seconds.
        wall: wall time, seconds.
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
    """Wait until no frame is queued or in flight."""
    queue = FrameQueue(bench.redis, task, bounds)
    while True:
        total = (await queue.sweep()).total
        if not total.queued and not total.in_flight:
            return
        await asyncio.sleep(0.1)


async def saturated(
    bench: Rig, task: str, pids: tuple[int, ...], jpegs: Sequence[bytes], settle: float = 0.5
) -> WorkerSample:
    """Measure workers under saturation for one sample.

    Args:
        bench: rig of the workers.
        task: task of the workers.
        pids: process ids of the workers.
        jpegs: input pictures.
        settle: seconds until all inference slots are busy and the sample begins.
    """
    async with filled(bench, task, jpegs):
        await asyncio.sleep(settle)
        before, spent = (await bench.ledger(task)).total.inferred, CpuTime(pids)
        await asyncio.sleep(bench.context.seconds)
        after, cpu, wall = (await bench.ledger(task)).total.inferred, spent.cpu, spent.wall
    await drained(bench, task)
    return WorkerSample(after - before, cpu, wall)
