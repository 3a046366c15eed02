"""The local system: starts, supervises and stops Redis, streams, gateway and workers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from apps.local.console import Console
from apps.local.elastic import Elastic
from apps.local.plan import LocalPlan
from apps.local.ports import free_port
from apps.local.processes.child import Child, LogLine
from apps.local.processes.fleet import Fleet, WorkerPlan
from apps.local.redis_server import RedisServer
from apps.local.targets import write_targets
from apps.local.token import make_token
from apps.pipeline.registry.heartbeats import Registry
from apps.pipeline.registry.wanted_streams import WantedStreams
from apps.runtime import backoff, cancellation
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE, connect
from apps.runtime.errors import ElasticError
from apps.runtime.service import ExitCode

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from apps.local.arguments import LocalRun
    from apps.pipeline.registry.control import StreamWanted

__all__ = ["run_local"]

log = logging.getLogger(__name__)

_STATUS_SECONDS = 1.0
_GUARD_SECONDS = 0.5
#: Exists while Redis has the data of this run.
_RUN_KEY = "local:run"


async def run_local(run: LocalRun, plan: LocalPlan, console: Console) -> ExitCode:
    """Run the whole system until a signal or the end of `run.duration`."""
    stop = _stop_event()
    try:
        with tempfile.TemporaryDirectory(prefix="ei-") as folder:
            async with _redis(Path(folder)) as (server, redis):
                await _System(run, plan, console, server, redis).live(stop)
    except ElasticError as error:
        console.say(f"Cannot run: {error}")
        return ExitCode.SETTINGS
    console.say("stopped; no processes or files remain")
    return ExitCode.OK


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop


@contextlib.asynccontextmanager
async def _redis(folder: Path) -> AsyncIterator[tuple[RedisServer, Redis]]:
    server = RedisServer(folder)
    await asyncio.to_thread(server.start)
    redis = connect(server.settings, name="local")
    try:
        yield server, redis
    finally:
        await redis.aclose()
        await asyncio.to_thread(server.stop)


class _System:
    """The running system without Redis."""

    def __init__(
        self, run: LocalRun, plan: LocalPlan, console: Console, server: RedisServer, redis: Redis
    ) -> None:
        self._run = run
        self._plan = plan
        self._console = console
        self._server = server
        self._redis = redis
        self._wanted = WantedStreams(redis)
        self._clock = RedisClock()
        self._token = make_token(run.host, server.folder)
        self._environment = {"EI_QUEUE_SOCKET": server.socket_path, "PYTHONUNBUFFERED": "1"}
        self._owned: list[frozenset[int]] = []
        self._fleets = {task: self._fleet(task) for task in plan.tasks}
        self._port = run.port or free_port()
        self._service_ports = {"gateway": free_port(), "streams": free_port()}

    async def live(self, stop: asyncio.Event) -> None:
        await self._clock.synchronise(self._redis)
        await self._register(self._plan.streams)
        services = [self._gateway(), self._streams()]
        elastic = Elastic(
            self._redis, self._clock, self._plan.policy, self._fleets,
            total=self._plan.most, time_scale=self._run.time_scale, say=self._console.say,
        )  # fmt: skip
        background: list[asyncio.Task[None]] = []
        try:
            await elastic.start()
            for child in services:
                await child.start()
            background = [
                asyncio.create_task(work)
                for work in (
                    elastic.run(), self._status(elastic), self._announce(), self._guard_redis(),
                    *(self._restart(child) for child in services),
                    *(self._watch_for_failure(fleet) for fleet in self._fleets.values()),
                )
            ]  # fmt: skip
            await self._until_stopped(stop, background)
        finally:
            self._console.say("stopping")
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await asyncio.gather(services[1].stop())
            await asyncio.gather(*(fleet.stop() for fleet in self._fleets.values()))
            await services[0].stop()
            if self._run.targets is not None:
                self._run.targets.unlink(missing_ok=True)

    async def _until_stopped(
        self, stop: asyncio.Event, background: list[asyncio.Task[None]]
    ) -> None:
        waiter = asyncio.create_task(stop.wait())
        endings = {waiter, *background}
        deadline = time.monotonic() + (self._run.duration or float("inf"))
        while endings and not stop.is_set() and time.monotonic() < deadline:
            left = min(deadline - time.monotonic(), 3600.0)
            done, endings = await asyncio.wait(
                endings, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        waiter.cancel()

    def _fleet(self, task: str) -> Fleet:
        return Fleet(
            WorkerPlan(
                task=task,
                arguments=self._plan.worker_arguments[task],
                environment=self._environment,
                processors=sorted(os.sched_getaffinity(0)),
                cores_per_worker=self._run.cores_per_worker,
            ),
            owned=self._owned,
            on_log=self._console.relay,
        )

    def _gateway(self) -> Child:
        arguments = [
            "--gateway-host", self._run.host, "--gateway-port", str(self._port),
            "--metrics-port", str(self._service_ports["gateway"]),
        ]  # fmt: skip
        arguments += ["--uploads-dir", str(self._server.folder / "uploads")]
        if self._token.path is not None:
            arguments += ["--gateway-token-file", str(self._token.path)]
        else:  # a user of this machine may open its files and cameras
            arguments += ["--allow-addresses", "127.0.0.0/8,::1"]
        return self._service("gateway", "apps.gateway", arguments)

    def _streams(self) -> Child:
        arguments = ["--follow", "true", "--metrics-port", str(self._service_ports["streams"])]
        return self._service("streams", "apps.streams", arguments)

    def _service(self, name: str, module: str, arguments: list[str]) -> Child:
        return Child(
            name=name, module=module, arguments=arguments, environment=self._environment,
            on_log=self._relay,
        )  # fmt: skip

    def _relay(self, name: str, line: LogLine) -> None:
        self._console.relay(name, line)

    async def _restart(self, child: Child) -> None:
        """Restart a service when it ends; an invalid setting or a used port ends the whole run."""
        for delay in backoff.delays(first=0.5, longest=10.0):
            code = await child.wait()
            if code in {ExitCode.SETTINGS, ExitCode.PORT}:
                raise ElasticError(f"{child.name} cannot start; see its log line above")
            self._console.say(f"{child.name} ended with exit code {code}; restarting it")
            await asyncio.sleep(delay)
            await child.start()

    @staticmethod
    async def _watch_for_failure(fleet: Fleet) -> None:
        """End the whole run when no worker of a task can start."""
        await fleet.failed.wait()
        raise ElasticError(f"{fleet.trouble}; see its log line above")

    async def _register(self, streams: Sequence[StreamWanted]) -> None:
        for stream in streams:
            await self._wanted.add(stream)
        await self._redis.set(_RUN_KEY, os.getpid())

    async def _guard_redis(self) -> None:
        """Restart Redis when it ends, and register the streams again when its data are lost."""
        wanted: Sequence[StreamWanted] = self._plan.streams
        while True:
            cancellation.heed()
            if not self._server.runs:
                self._console.say("redis-server ended; restarting it")
                await asyncio.to_thread(self._server.start)
            with contextlib.suppress(*UNREACHABLE):
                if await self._redis.exists(_RUN_KEY):
                    wanted = await self._wanted.all()
                else:
                    self._console.say("Redis lost its data; registering the streams again")
                    await self._register(wanted)
            await asyncio.sleep(_GUARD_SECONDS)

    async def _announce(self) -> None:
        host = "127.0.0.1" if self._run.host in {"0.0.0.0", "::"} else self._run.host  # noqa: S104 - compared, not bound
        while not await _answers(host, self._port):  # noqa: ASYNC110 - a port has no event
            await asyncio.sleep(0.05)
        self._console.tell(f"dashboard: http://{host}:{self._port}/{self._token.fragment}")

    async def _status(self, elastic: Elastic) -> None:
        registry = Registry(self._redis, self._clock)
        while True:
            cancellation.heed()
            with contextlib.suppress(*UNREACHABLE):
                streams, workers = await registry.streams(), await registry.workers()
                limit = self._plan.policy.max_replicas
                self._console.status(streams, workers, elastic.wanted, limit)
            if self._run.targets is not None:
                write_targets(self._run.targets, self._service_ports, self._fleets)
            await asyncio.sleep(_STATUS_SECONDS)


async def _answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
