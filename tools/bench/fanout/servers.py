"""The compared servers: the gateway and the bare servers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from apps.local.ports import free_port
from apps.local.processes.child import Child, LogLine, die_with_parent
from apps.pipeline import keys
from apps.runtime.errors import ElasticError
from tools.bench.rig import Rig

__all__ = ["FanoutServer", "bare", "bound_to", "gateway"]

_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class FanoutServer:
    """A running server.

    Attributes:
        pid: process id.
        port: port on loopback.
        stream: id of its only stream.
    """

    pid: int
    port: int
    stream: str


@asynccontextmanager
async def gateway(bench: Rig, stream: str, cores: frozenset[int]) -> AsyncIterator[FanoutServer]:
    """Start the gateway; the source of the stream must send heartbeats.

    Args:
        bench: rig with the Redis of the results.
        stream: id of a stream; the gateway is ready once it knows the stream.
        cores: processors of the process.

    Raises:
        ElasticError: The gateway did not start.
    """
    port = free_port()
    environment = {"EI_GATEWAY_PORT": str(port), "EI_METRICS_PORT": "0", **bench.environment}

    def knows_the_stream() -> bool:
        return _answers(f"http://127.0.0.1:{port}/api/streams/{stream}")

    logged: list[str] = []

    def note(_: str, line: LogLine) -> None:
        logged.append(f"{line.level}: {line.text}")

    child = Child("gateway", "apps.gateway", (), environment, note, cores)
    await child.start()
    try:
        await _until(knows_the_stream, lambda: child.exit_code, "Gateway", logged)
        yield FanoutServer(child.pid, port, stream)
    finally:
        await child.stop()


@asynccontextmanager
async def bare(bench: Rig, stream: str, kind: str) -> AsyncIterator[FanoutServer]:
    """Start a bare server.

    Args:
        bench: rig with the Redis of the results.
        stream: id of the stream to forward.
        kind: `mailbox` or `broadcast`.

    Raises:
        ElasticError: The server did not start.
    """
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tools.bench.fanout.bare_server",
        bench.server.socket_path, keys.results(stream), str(port), kind,
        preexec_fn=bound_to(bench.context.worker_core),
    )  # fmt: skip
    try:
        await _until(lambda: _listens(port), lambda: process.returncode, f"Bare {kind} server")
        yield FanoutServer(process.pid, port, stream)
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has already ended
            process.terminate()
        await process.wait()


def bound_to(cores: frozenset[int]) -> Callable[[], None]:
    """A `preexec_fn` that binds a child to these cores and ends it with its parent."""

    def before_it_runs() -> None:
        die_with_parent()
        os.sched_setaffinity(0, cores)

    return before_it_runs


async def _until(
    ready: Callable[[], bool],
    ended: Callable[[], int | None],
    name: str,
    logged: Sequence[str] = ("see above",),
) -> None:
    began = time.monotonic()
    while not await asyncio.to_thread(ready):
        if ended() is not None or time.monotonic() - began > _START_SECONDS:
            raise ElasticError(f"{name} did not start: {' | '.join(logged[-5:])}")
        await asyncio.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - the gateway, on loopback
            return True
    except OSError:
        return False


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False
