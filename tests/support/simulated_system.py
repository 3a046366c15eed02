"""A real gateway with simulated sources and workers: streams that play clips."""

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
from tests.support.clips import Clip

__all__ = ["DRAWN", "ROOT", "SimulatedSystem"]

ROOT = Path(__file__).resolve().parents[2]

#: Script: does the first tile show boxes or labels? Its canvas has no size before its first frame.
DRAWN = """((canvas) => canvas?.width > 0 && canvas.getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0)
    )(document.querySelectorAll('canvas')[1])"""

#: Simulated time from capture until a worker has the frame, microseconds.
_BEFORE_US = 10_000


@dataclass
class _PlayedStream:
    info: StreamInfo
    clip: Clip
    silent: bool = False


class SimulatedSystem:
    """Streams that play clips at a fixed rate, and one gateway in a separate process.

    Attributes:
        port: Port of the gateway.
        watched: Ids of the streams whose JPEGs a client requests.
        workers: Whether there are workers; without them frames are pushed but not inferred.
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
        self._streams: dict[str, _PlayedStream] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._changes = asyncio.Lock()
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
                raise AssertionError("A loop of the simulation failed.") from ended

    @property
    def address(self) -> str:
        """Address of the dashboard."""
        return f"http://127.0.0.1:{self.port}/"

    def add_stream(self, name: str, clip: Clip) -> str:
        """Start a stream that plays a clip; returns its id."""
        identity = stream_id.join(name, clip.task)
        info = StreamInfo(
            id=identity, name=name, task=clip.task, epoch=self._epoch, state=SourceState.LIVE,
            source="rtsp://10.0.0.9/live", kind="rtsp", width=clip.width, height=clip.height,
            fps=self._fps,
        )  # fmt: skip
        self._streams[identity] = _PlayedStream(info, clip)
        return identity

    def change_stream(self, identity: str, **changes: Any) -> None:
        """Change what the source reports in its heartbeats."""
        played = self._streams[identity]
        played.info = msgspec.structs.replace(played.info, **changes)
        played.silent = played.info.state is not SourceState.LIVE

    async def remove_stream(self, identity: str) -> None:
        """Remove a stream from the registry; no heartbeat of it follows."""
        async with self._changes:
            del self._streams[identity]
            await self._registry.remove_stream(identity)

    async def drop_stream(self, identity: str) -> None:
        """Stop a stream without removing it from the registry."""
        async with self._changes:
            del self._streams[identity]

    def start_gateway(self, environment: Mapping[str, str] | None = None) -> None:
        """Start the gateway; `gateway_ready` waits until it answers."""
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
        """Kill the gateway at once."""
        if self._gateway is not None:
            self._gateway.send_signal(signal.SIGKILL)
            self._gateway.wait()
            self._gateway = None

    async def gateway_ready(self, seconds: float = 60) -> None:
        """Wait until the gateway answers.

        Raises:
            TimeoutError: It did not answer in time.
        """
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
            async with self._changes:
                with contextlib.suppress(*UNREACHABLE):
                    await self._beat_once()
            await asyncio.sleep(0.5)

    async def _beat_once(self) -> None:
        for played in list(self._streams.values()):
            await self._registry.beat_stream(played.info)
        for worker in self._workers() if self.workers else ():
            await self._registry.beat_worker(worker)
        self.watched = await watched(self._redis, list(self._streams))

    def _workers(self) -> list[WorkerInfo]:
        """One worker for each task, with the load report of its streams."""
        ages = [0] * (len(AGE_BUCKETS_MS) + 1)
        ages[6] = 100
        workers: dict[str, WorkerInfo] = {}
        for identity, played in self._streams.items():
            clip = played.clip
            load = StreamLoad(
                inferred_fps=0 if played.silent else self._fps, ages=tuple(ages),
                width=clip.width, height=clip.height,
            )  # fmt: skip
            known = workers.get(clip.task) or WorkerInfo(
                id=f"worker-{clip.task}", task=clip.task, state=WorkerState.READY, host="host",
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
            for identity, played in list(self._streams.items()):
                if not played.silent:
                    self._send(pipeline, identity, played, sequence)
            with contextlib.suppress(*UNREACHABLE):
                await pipeline.execute()

    def _send(self, pipeline: Any, identity: str, played: _PlayedStream, sequence: int) -> None:
        if self.workers:
            message = wire.encode(self._result(identity, played, sequence))
            pipeline.publish(keys.results(identity), message)
        _count(pipeline, played.info, ("pushed", "inferred") if self.workers else ("pushed",))

    def _result(self, identity: str, played: _PlayedStream, sequence: int) -> Result:
        clip, now = played.clip, self._clock.now()
        timings = clip.timings
        taken_us = _BEFORE_US + int(1000 * (timings.decode_ms + timings.infer_ms))
        jpeg, detections = clip.frames[sequence % len(clip.frames)]
        return Result(
            stream=identity, task=clip.task, sequence=sequence, epoch=played.info.epoch,
            captured_at=now - taken_us, inferred_at=now, width=clip.width, height=clip.height,
            model=clip.model, precision=clip.precision, device="CPU", worker=f"worker-{clip.task}",
            detections=detections, timings=timings,
            jpeg=jpeg if identity in self.watched else None,
        )  # fmt: skip


def _count(pipeline: Any, info: StreamInfo, outcomes: tuple[str, ...]) -> None:
    """Count the frame in the ledger, as the scripts of queue and worker do."""
    ledger = keys.live_keys(info.task)[1 + keys.LIVE_PARTS.index("ledger")]
    for outcome in outcomes:
        pipeline.hincrby(ledger, f"{outcome}|{info.name}", 1)
