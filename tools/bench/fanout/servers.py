"""The servers that are compared: our gateway, and the bare ones."""

from __future__ import annotations

import asyncio
import socket
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from apps.local.child import Child, LogLine
from apps.local.ports import free_port
from apps.pipeline import keys
from apps.pipeline.errors import ElasticError
from tools.bench.rig import Rig

__all__ = ["Server", "bare", "gateway"]

_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        pid: of its process.
        port: on loopback.
        stream: id of the one stream that it is asked for.
    """

    pid: int
    port: int
    stream: str


@asynccontextmanager
async def gateway(bench: Rig, stream: str, cores: frozenset[int]) -> AsyncIterator[Server]:
    """Our gateway; the stream's source must send heartbeats.

    Args:
        bench: where results come from.
        stream: that it must know.
        cores: of its process.

    Raises:
        ElasticError: it did not start.
    """
    port = free_port()
    environment = {"EI_GATEWAY_PORT": str(port), "EI_METRICS_PORT": "0", **bench.environment}

    def knows_the_stream() -> bool:
        return _answers(f"http://127.0.0.1:{port}/api/streams/{stream}")

    async with _started("apps.gateway", (), environment, knows_the_stream, cores) as pid:
        yield Server(pid, port, stream)


@asynccontextmanager
async def bare(bench: Rig, stream: str, kind: str) -> AsyncIterator[Server]:
    """A bare server.

    Args:
        bench: where results come from.
        stream: to send on.
        kind: `mailbox` or `broadcast`.

    Raises:
        ElasticError: it did not start.
    """
    port = free_port()
    arguments = (bench.server.socket_path, keys.results(stream), str(port), kind)
    module = "tools.bench.fanout.bare_server"
    cores = bench.context.worker_core
    async with _started(module, arguments, {}, lambda: _listens(port), cores) as pid:
        yield Server(pid, port, stream)


@asynccontextmanager
async def _started(
    module: str,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    ready: Callable[[], bool],
    cores: frozenset[int],
) -> AsyncIterator[int]:
    said: list[str] = []

    def note(_: str, line: LogLine) -> None:
        said.append(f"{line.level}: {line.text}")

    child = Child(module, module, arguments, environment, note, cores)
    await child.start()
    try:
        began = time.monotonic()
        while not await asyncio.to_thread(ready):
            if child.exit_code is not None or time.monotonic() - began > _START_SECONDS:
                raise ElasticError(f"{module} did not start: {' | '.join(said[-5:])}")
            await asyncio.sleep(0.1)
        yield child.pid
    finally:
        await child.stop()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own, on loopback
            return True
    except OSError:
        return False


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False
