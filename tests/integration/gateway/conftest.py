"""A real gateway on a real port and a real Redis, with simulated sources and workers."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import io
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
import pytest
from PIL import Image
from redis.asyncio import Redis
from redis.exceptions import RedisError

from apps.gateway.service import run
from apps.gateway.settings import GatewaySettings
from apps.local.redis_server import RedisServer
from apps.pipeline import keys
from apps.pipeline.messages import (
    Detection,
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
from apps.runtime import cancellation
from apps.runtime.clock import RedisClock
from apps.runtime.service import Service


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def jpeg(width: int = 64, height: int = 48, shade: int = 90) -> bytes:
    """A small, valid JPEG."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), (shade, shade, shade)).save(written, "JPEG")
    return written.getvalue()


JPEG = jpeg()


def result(stream: str, sequence: int, **changes: Any) -> Result:
    fields: dict[str, Any] = {
        "stream": stream,
        "task": stream.rpartition(":")[2],
        "sequence": sequence,
        "epoch": 1,
        "captured_at": 1,
        "inferred_at": 2,
        "width": 64,
        "height": 48,
        "model": "stub",
        "precision": "INT8",
        "device": "CPU",
        "detections": (Detection(label="face", score=0.9, box=(0.1, 0.1, 0.5, 0.5)),),
        "jpeg": JPEG,
    }
    return Result(**{**fields, **changes})


@dataclass
class World:
    """The surroundings of a gateway: heartbeats of sources and workers, and results."""

    redis: Redis
    clock: RedisClock = field(default_factory=RedisClock)
    streams: dict[str, StreamInfo] = field(default_factory=dict)
    workers: dict[str, WorkerInfo] = field(default_factory=dict)

    def make(self, name: str, task: str = "face", **changes: Any) -> StreamInfo:
        info = StreamInfo(
            id=stream_id.join(name, task), name=name, task=task, epoch=1, state=SourceState.LIVE,
            source="rtsp://10.0.0.5/live", kind="rtsp", width=64, height=48, fps=15.0,
        )  # fmt: skip
        return msgspec.structs.replace(info, **changes)

    def add_stream(self, name: str, task: str = "face", **changes: Any) -> str:
        info = self.make(name, task, **changes)
        self.streams[info.id] = info
        return info.id

    def add_worker(self, task: str = "face", **changes: Any) -> None:
        info = WorkerInfo(
            id=f"worker-{len(self.workers)}", task=task, state=WorkerState.READY, model="stub",
            precision="INT8", device="CPU", labels=("face",), cores=1.0, utilisation=0.5,
            scale_ratio=0.5, streams={name: StreamLoad() for name in self.streams},
        )  # fmt: skip
        self.workers[info.id] = msgspec.structs.replace(info, **changes)

    async def beat(self) -> None:
        registry = Registry(self.redis, self.clock)
        for stream in self.streams.values():
            await registry.beat_stream(stream)
        for worker in self.workers.values():
            await registry.beat_worker(worker)

    async def keep_beating(self) -> None:
        while True:
            cancellation.heed()
            with contextlib.suppress(RedisError):
                await self.beat()
            await asyncio.sleep(0.5)

    async def publish(self, message: Result) -> None:
        await self.redis.publish(keys.results(message.stream), wire.encode(message))

    async def keep_publishing(self, stream: str, seconds: float = 0.02) -> None:
        sequence = 0
        while True:
            cancellation.heed()
            sequence += 1
            await self.publish(result(stream, sequence))
            await asyncio.sleep(seconds)


@dataclass
class Running:
    """A running gateway and its address."""

    settings: GatewaySettings
    service: Service
    http: httpx.AsyncClient

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.settings.gateway_port}"

    async def get(self, path: str) -> Any:
        answer = await self.http.get(path)
        answer.raise_for_status()
        return answer.json()


Start = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def start_gateway(session_redis: RedisServer) -> Start:
    """Runs a gateway with these settings while the context is open."""

    @contextlib.asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[Running]:
        settings = dataclasses.replace(
            GatewaySettings(gateway_port=free_port(), queue=session_redis.settings), **changes
        )
        service = Service("gateway")
        task = asyncio.create_task(run(service, settings))
        address = f"http://127.0.0.1:{settings.gateway_port}"
        # the client must close an idle connection before the server does (5 s)
        limits = httpx.Limits(max_connections=None, keepalive_expiry=1)
        try:
            async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
                await _until_it_answers(client, task)
                yield Running(settings, service, client)
        finally:
            service.stop.set()
            await task

    return start


async def _until_it_answers(client: httpx.AsyncClient, task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(60):
        while not task.done():
            with contextlib.suppress(httpx.TransportError):
                await client.get("/api/session")
                return
            await asyncio.sleep(0.02)
    await task


@pytest.fixture
async def world(real_redis: Redis) -> AsyncIterator[World]:
    """Surroundings without streams and workers; heartbeats are sent for what a test adds."""
    world = World(real_redis)
    await world.clock.synchronise(real_redis)
    beating = asyncio.create_task(world.keep_beating())
    yield world
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)


@pytest.fixture
async def gateway(world: World, start_gateway: Start) -> AsyncIterator[Running]:
    """A gateway on loopback, open to this machine, with one stream and one worker."""
    world.add_stream("hall")
    world.add_worker()
    await world.beat()
    async with start_gateway() as running:
        await until(lambda: listed(running, "hall:face"))
        yield running


async def listed(running: Running, identity: str) -> bool:
    streams = (await running.get("/api/streams"))["streams"]
    return identity in {stream["id"] for stream in streams}


async def until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)
