"""A private Redis and real workers bound to cores: the basis of most measurements."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from apps.local.processes.child import Child, LogLine
from apps.local.redis_server import RedisServer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.ledger import Ledger
from apps.pipeline.messages import WorkerInfo
from apps.pipeline.registry.heartbeats import Registry
from apps.runtime.clock import RedisClock
from apps.runtime.connection import connect
from apps.runtime.errors import ElasticError
from tools.bench.context import BenchModel, Context
from tools.bench.processes import pin

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["Rig", "rig", "started_worker"]

_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Rig:
    """An empty Redis, bound to the cores without the worker.

    Attributes:
        server: the redis-server.
        redis: client of the server.
        clock: clock synchronised with Redis.
        context: parameters of the measurements.
    """

    server: RedisServer
    redis: Redis
    clock: RedisClock
    context: Context

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that connect a service to this Redis."""
        return {"EI_QUEUE_SOCKET": self.server.socket_path}

    async def workers(self) -> list[WorkerInfo]:
        """Heartbeats."""
        return await Registry(self.redis, self.clock).workers()

    async def ledger(self, task: str) -> Ledger:
        """Current ledger of a task."""
        return await FrameQueue(self.redis, task).sweep()


@asynccontextmanager
async def rig(context: Context, cores: Collection[int] | None = None) -> AsyncIterator[Rig]:
    """Start a Redis for the duration of the block.

    Args:
        context: parameters of the measurements.
        cores: processors of Redis; None for those without the worker.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=context.folder))
        server = RedisServer(Path(folder))
        stack.callback(server.stop)
        await asyncio.to_thread(server.start)
        assert server.process is not None  # noqa: S101 - it was started
        pin(server.process.pid, cores or context.other_cores)
        redis = connect(server.settings, name="bench")
        stack.push_async_callback(redis.aclose)
        clock = RedisClock()
        await clock.synchronise(redis)
        yield Rig(server, redis, clock, context)


@asynccontextmanager
async def started_worker(
    bench: Rig,
    subject: BenchModel,
    cores: frozenset[int],
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Child]:
    """Start a worker process and wait until it is ready.

    Args:
        bench: rig with its Redis.
        subject: model and task.
        cores: processor numbers.
        options: further command-line options.
        environment: further environment variables.

    Raises:
        ElasticError: The worker did not become ready; the text has its last log lines.
    """
    logged: list[str] = []

    def note(_: str, line: LogLine) -> None:
        logged.append(f"{line.level}: {line.text}")

    worker = Child(
        f"{subject.label} worker", "apps.inference",
        ("--task", subject.task, "--model", subject.model, "--metrics-port", "0",
         "--models", ",".join(map(str, bench.context.models)), *options),
        {**bench.environment, **(environment or {})}, note, cores,
    )  # fmt: skip
    await worker.start()
    try:
        await _until_ready(bench, worker, logged)
        yield worker
    finally:
        await worker.stop()


async def _until_ready(bench: Rig, worker: Child, logged: Sequence[str]) -> None:
    began = time.monotonic()
    while not any(info.pid == worker.pid for info in await bench.workers()):
        if worker.exit_code is not None or time.monotonic() - began > _START_SECONDS:
            raise ElasticError(f"{worker.name} did not start: {' | '.join(logged[-5:])}")
        await asyncio.sleep(0.05)
