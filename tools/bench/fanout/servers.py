"""The servers that are compared: our gateway, and the bare ones."""

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
async def gateway(bench: Rig, stream: str, cores: frozenset[int]) -> AsyncIterator[FanoutServer]:
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

    said: list[str] = []

    def note(_: str, line: LogLine) -> None:
        said.append(f"{line.level}: {line.text}")

    child = Child("gateway", "apps.gateway", (), environment, note, cores)
    await child.start()
    try:
        await _until(knows_the_stream, lambda: child.exit_code, "the gateway", said)
        yield FanoutServer(child.pid, port, stream)
    finally:
        await child.stop()


@asynccontextmanager
async def bare(bench: Rig, stream: str, kind: str) -> AsyncIterator[FanoutServer]:
    """A bare server.

    Args:
        bench: where results come from.
        stream: to send on.
        kind: `mailbox` or `broadcast`.

    Raises:
        ElasticError: it did not start.
    """
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tools.bench.fanout.bare_server",
        bench.server.socket_path, keys.results(stream), str(port), kind,
        preexec_fn=bound_to(bench.context.worker_core),
    )  # fmt: skip
    try:
        await _until(lambda: _listens(port), lambda: process.returncode, f"the bare {kind}")
        yield FanoutServer(process.pid, port, stream)
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            process.terminate()
        await process.wait()


def bound_to(cores: frozenset[int]) -> Callable[[], None]:
    """In a child, before it runs: it keeps to these cores, and dies with us."""

    def before_it_runs() -> None:
        die_with_parent()
        os.sched_setaffinity(0, cores)

    return before_it_runs


async def _until(
    ready: Callable[[], bool],
    ended: Callable[[], int | None],
    who: str,
    said: Sequence[str] = ("see above",),
) -> None:
    began = time.monotonic()
    while not await asyncio.to_thread(ready):
        if ended() is not None or time.monotonic() - began > _START_SECONDS:
            raise ElasticError(f"{who} did not start: {' | '.join(said[-5:])}")
        await asyncio.sleep(0.1)


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
