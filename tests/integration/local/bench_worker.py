"""One worker on core 0, Redis and the load on core 1: how the scaling signal is measured."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2

from apps.local.redis_server import RedisServer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.messages import Frame, WorkerInfo
from apps.pipeline.registry.heartbeats import Registry
from apps.runtime import cancellation
from apps.runtime.clock import RedisClock
from apps.runtime.connection import connect
from tests.support.project_copy import project_without_downloads

if TYPE_CHECKING:
    from redis.asyncio import Redis


def jpegs_of(video: Path, *, count: int, size: tuple[int, int]) -> list[bytes]:
    """Frames of a video, encoded once, so that the load uses CPU only in Redis."""
    with av.open(str(video)) as container:
        pictures = []
        for frame in container.decode(video=0):
            pixels = cv2.resize(frame.to_ndarray(format="bgr24"), size)
            pictures.append(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])
            if len(pictures) == count:
                break
    return [picture.tobytes() for picture in pictures]


@dataclass
class Bench:
    """A queue, its workers' counters, and a load."""

    redis: Redis
    clock: RedisClock
    task: str
    jpegs: Sequence[bytes]

    async def load(self, fps: float, seconds: float, *, name: str = "load") -> int:
        """Push evenly phased frames; how many."""
        queue, epoch, began, sent = (
            FrameQueue(self.redis, self.task),
            self.clock.now(),
            time.monotonic(),
            0,
        )
        while (now := time.monotonic()) - began < seconds:
            cancellation.heed()
            due = began + sent / fps
            if due > now:
                await asyncio.sleep(due - now)
            frame = Frame(
                name=name, category=self.task, data=self.jpegs[sent % len(self.jpegs)],
                sequence=sent, epoch=epoch, captured_at=self.clock.now(),
            )  # fmt: skip
            await queue.push(frame)
            sent += 1
        return sent

    async def workers(self) -> list[WorkerInfo]:
        """Heartbeats."""
        return await Registry(self.redis, self.clock).workers()

    async def offered(self, seconds: float) -> float:
        """Summed rate of the counters of offered work, over a window that ends after it began."""
        await asyncio.sleep((0.5 - time.monotonic()) % 1.0)  # workers count on the full second
        first = {worker.id: worker for worker in await self.workers()}
        await asyncio.sleep(seconds)
        last = {worker.id: worker for worker in await self.workers()}
        return sum(
            (last[name].offered_work_seconds - first[name].offered_work_seconds) / seconds
            for name in first
        )

    async def inferred(self) -> int:
        """Frames inferred so far, by the ledger."""
        return (await FrameQueue(self.redis, self.task).sweep()).total.inferred

    async def pushed(self) -> int:
        """Frames accepted so far, by the ledger."""
        return (await FrameQueue(self.redis, self.task).sweep()).total.pushed

    async def capacity(self, seconds: float) -> float:
        """Frames per second of the workers when more than enough is offered.

        The queue is empty before this returns. Otherwise, under a load of three quarters
        it would take most of a window of ten seconds, and be measured as load.
        """
        flood = asyncio.create_task(self.load(400, seconds + 3, name="flood"))
        await asyncio.sleep(2)
        before, began = await self.inferred(), time.monotonic()
        await asyncio.sleep(seconds)
        rate = (await self.inferred() - before) / (time.monotonic() - began)
        await flood
        async with asyncio.timeout(60):
            while not await self._at_rest():
                await asyncio.sleep(0.1)
        return rate

    async def _at_rest(self) -> bool:
        total = (await FrameQueue(self.redis, self.task).sweep()).total
        return total.queued == total.in_flight == 0


def start_worker(server: RedisServer, core: int, *arguments: str) -> subprocess.Popen[bytes]:
    """A worker that owns one core."""
    environment = {**os.environ, "EI_QUEUE_SOCKET": server.socket_path}
    return subprocess.Popen(
        [sys.executable, "-m", "apps.inference", "--metrics-port", "0", *arguments],
        cwd=project_without_downloads(), env=environment, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )  # fmt: skip


@asynccontextmanager
async def bench(
    server: RedisServer, task: str, jpegs: Sequence[bytes], cores: Sequence[int], *arguments: str
) -> AsyncIterator[Bench]:
    """Workers on those cores, ready to work."""
    redis = connect(server.settings, name="bench")
    clock = RedisClock()
    await clock.synchronise(redis)
    workers = [start_worker(server, core, "--task", task, *arguments) for core in cores]
    made = Bench(redis, clock, task, jpegs)
    try:
        async with asyncio.timeout(120):
            while len(await made.workers()) < len(cores):
                await asyncio.sleep(0.1)
        yield made
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(60)
        await redis.aclose()
