"""Crowds of viewers, each in a separate process (`crowd.py`)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec

from apps.runtime.errors import ElasticError
from tools.bench.fanout.crowd import Round
from tools.bench.fanout.servers import FanoutServer, bound_to

__all__ = ["Crowd", "watching"]

#: A round of a large crowd is a long line, with an age for each message.
_LINE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Crowd:
    """Connected viewers.

    Attributes:
        viewers: number of viewers.
        process: process of the viewers.
    """

    viewers: int
    process: asyncio.subprocess.Process

    async def round(self) -> Round:
        """End a round and return its observations."""
        assert self.process.stdin is not None  # noqa: S101 - we asked for the pipe
        self.process.stdin.write(b"\n")
        await self.process.stdin.drain()
        return msgspec.json.decode(await self._line(), type=Round)

    async def connected(self) -> None:
        """Wait until all viewers are connected."""
        await self._line()

    async def _line(self) -> bytes:
        assert self.process.stdout is not None  # noqa: S101 - we asked for the pipe
        line = await self.process.stdout.readline()
        if not line:
            raise ElasticError("The crowd process ended; see the lines above")
        return line


@asynccontextmanager
async def watching(
    server: FanoutServer, viewers: int, cores: frozenset[int], *, stalled: bool = False
) -> AsyncIterator[Crowd]:
    """Connect viewers to the stream of a server.

    Raises:
        ElasticError: The server refused a connection.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tools.bench.fanout.crowd", "127.0.0.1", str(server.port),
        server.stream, str(viewers), "stalled" if stalled else "reading",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=_LINE_BYTES,
        preexec_fn=bound_to(cores),
    )  # fmt: skip
    crowd = Crowd(viewers, process)
    try:
        await crowd.connected()
        yield crowd
    finally:
        assert process.stdin is not None  # noqa: S101 - we asked for the pipe
        process.stdin.close()
        await process.wait()
