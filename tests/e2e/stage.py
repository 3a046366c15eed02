"""A real gateway, and pretended sources and workers around it: streams that play clips."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from redis.asyncio import Redis

from apps.local.ports import free_port
from apps.local.redis_server import RedisServer
from apps.pipeline import keys
from apps.pipeline.messages import (
    AGE_BUCKETS_MS,
    Result,
    SourceState,
    StreamInfo,
    StreamLoad,
    WorkerInfo,
    WorkerState,
    stream_id,
    wire,
)
from apps.pipeline.registry.heartbeats import Registry
from apps.pipeline.results.result_feed import watched
from apps.runtime import cancellation
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE
from tests.e2e.clips import Clip

__all__ = ["DRAWN", "ROOT", "Stage"]

ROOT = Path(__file__).resolve().parents[2]

#: Whether the first tile shows boxes or labels; its canvas has no size before its first frame.
DRAWN = """((canvas) => canvas?.width > 0 && canvas.getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0)
    )(document.querySelectorAll('canvas')[1])"""

#: From the camera until a worker has the frame.
_BEFORE_US = 10_000


@dataclass
class _Actor:
    info: StreamInfo
    clip: Clip
    silent: bool = False


class Stage:
    """Streams that play clips at a fixed rate, and one gateway in a process of its own.

    Attributes:
        port: of the gateway.
        watched: streams of which somebody wants pixels.
        workers: there are some; without them frames come and nothing is inferred.
    """

    def __init__(self, server: RedisServer, redis: Redis, log: Path, fps: float = 15.0) -> None:
        self.port = free_port()
        self.watched: set[str] = set()
        self.workers = True
        self._server = server
        self._redis = redis
        self._clock = RedisClock()
        self._registry = Registry(redis, self._clock)
        self._log = log
        self._fps = fps
        self._epoch = 0
        self._actors: dict[str, _Actor] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._entrances = asyncio.Lock()
        self._gateway: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        await self._clock.synchronise(self._redis)
        self._epoch = self._clock.now()
        self._tasks = [asyncio.create_task(self._beat()), asyncio.create_task(self._play())]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.kill_gateway()
        for task in self._tasks:
            task.cancel()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise AssertionError("the stage went dark") from ended

    @property
    def address(self) -> str:
        """Of the dashboard."""
        return f"http://127.0.0.1:{self.port}/"

    def enter(self, name: str, clip: Clip) -> str:
        """A stream comes on stage; its id."""
        identity = stream_id.join(name, clip.task)
        info = StreamInfo(
            id=identity, name=name, task=clip.task, epoch=self._epoch, state=SourceState.LIVE,
            source="rtsp://10.0.0.9/live", kind="rtsp", width=clip.width, height=clip.height,
            fps=self._fps,
        )  # fmt: skip
        self._actors[identity] = _Actor(info, clip)
        return identity

    def change(self, identity: str, **changes: Any) -> None:
        """The source says something else of itself from now on."""
        actor = self._actors[identity]
        actor.info = msgspec.structs.replace(actor.info, **changes)
        actor.silent = actor.info.state is not SourceState.LIVE

    async def leave(self, identity: str) -> None:
        """A stream leaves the stage; no beat of it is under way any more."""
        async with self._entrances:
            del self._actors[identity]
            await self._registry.remove_stream(identity)

    async def die(self, identity: str) -> None:
        """A stream's source ends without a word."""
        async with self._entrances:
            del self._actors[identity]

    def start_gateway(self, environment: Mapping[str, str] | None = None) -> None:
        """Start the gateway, which answers soon."""
        settings = {
            "EI_GATEWAY_PORT": str(self.port),
            "EI_QUEUE_SOCKET": self._server.settings.queue_socket,
            "EI_METRICS_PORT": "0",
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("EI_")}
        with self._log.open("ab") as log:
            self._gateway = subprocess.Popen(
                [sys.executable, "-m", "apps.gateway"], stdout=log, stderr=log, cwd=ROOT,
                env=inherited | settings | dict(environment or {}),
            )  # fmt: skip

    def kill_gateway(self) -> None:
        """It is gone at once."""
        if self._gateway is not None:
            self._gateway.send_signal(signal.SIGKILL)
            self._gateway.wait()
            self._gateway = None

    async def until_it_answers(self, seconds: float = 60) -> None:
        """Wait for the gateway."""
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(self._answers):
                await asyncio.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}api/session", timeout=2):
                return True
        except OSError:
            return False

    async def _beat(self) -> None:
        while True:
            cancellation.heed()
            async with self._entrances:
                with contextlib.suppress(*UNREACHABLE):
                    await self._beat_once()
            await asyncio.sleep(0.5)

    async def _beat_once(self) -> None:
        for actor in list(self._actors.values()):
            await self._registry.beat_stream(actor.info)
        for worker in self._workers() if self.workers else ():
            await self._registry.beat_worker(worker)
        self.watched = await watched(self._redis, list(self._actors))

    def _workers(self) -> list[WorkerInfo]:
        """One for each task, which says of the streams that play what a worker would say."""
        ages = [0] * (len(AGE_BUCKETS_MS) + 1)
        ages[6] = 100
        workers: dict[str, WorkerInfo] = {}
        for identity, actor in self._actors.items():
            clip = actor.clip
            load = StreamLoad(
                inferred_fps=0 if actor.silent else self._fps, ages=tuple(ages),
                width=clip.width, height=clip.height,
            )  # fmt: skip
            known = workers.get(clip.task) or WorkerInfo(
                id=f"worker-{clip.task}", task=clip.task, state=WorkerState.READY, host="stage",
                model=clip.model, precision=clip.precision, device="CPU", labels=clip.labels,
                cores=1.0, slots=2, utilisation=0.4, scale_ratio=0.4,
            )  # fmt: skip
            streams = {**known.streams, identity: load}
            workers[clip.task] = msgspec.structs.replace(known, streams=streams)
        return list(workers.values())

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for sequence in itertools.count(1):
            cancellation.heed()
            await asyncio.sleep(began + sequence / self._fps - loop.time())
            pipeline = self._redis.pipeline(transaction=False)
            for identity, actor in list(self._actors.items()):
                if not actor.silent:
                    self._perform(pipeline, identity, actor, sequence)
            with contextlib.suppress(*UNREACHABLE):
                await pipeline.execute()

    def _perform(self, pipeline: Any, identity: str, actor: _Actor, sequence: int) -> None:
        if self.workers:
            message = wire.encode(self._result(identity, actor, sequence))
            pipeline.publish(keys.results(identity), message)
        _book(pipeline, actor.info, ("pushed", "inferred") if self.workers else ("pushed",))

    def _result(self, identity: str, actor: _Actor, sequence: int) -> Result:
        clip, now = actor.clip, self._clock.now()
        timings = clip.timings
        taken_us = _BEFORE_US + int(1000 * (timings.decode_ms + timings.infer_ms))
        jpeg, detections = clip.frames[sequence % len(clip.frames)]
        return Result(
            stream=identity, task=clip.task, sequence=sequence, epoch=actor.info.epoch,
            captured_at=now - taken_us, inferred_at=now, width=clip.width, height=clip.height,
            model=clip.model, precision=clip.precision, device="CPU", worker=f"worker-{clip.task}",
            detections=detections, timings=timings,
            jpeg=jpeg if identity in self.watched else None,
        )  # fmt: skip


def _book(pipeline: Any, info: StreamInfo, outcomes: tuple[str, ...]) -> None:
    """Count the frame, as the scripts of queue and worker would."""
    ledger = keys.live_keys(info.task)[1 + keys.LIVE_PARTS.index("ledger")]
    for outcome in outcomes:
        pipeline.hincrby(ledger, f"{outcome}|{info.name}", 1)
