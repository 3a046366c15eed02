"""A proxy that serves a gateway under a path, as an ingress does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

__all__ = ["PrefixProxy"]

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class PrefixProxy:
    """Forwards requests whose path begins with `prefix`, without it; one request per connection.

    Attributes:
        port: Port on loopback.
        strays: Requested paths that do not begin with the prefix.
    """

    def __init__(self, gateway_port: int, prefix: str) -> None:
        self.port = 0
        self.strays: list[str] = []
        self._gateway_port = gateway_port
        self._prefix = prefix
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Address of the dashboard for a browser."""
        return f"http://127.0.0.1:{self.port}{self._prefix}/"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, browser: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        async with _closing(answer):
            head = await browser.readuntil(b"\r\n\r\n")
            method, path, rest = head.split(b" ", 2)
            if not path.startswith(self._prefix.encode() + b"/"):
                self.strays.append(path.decode())
                answer.write(_NOT_FOUND)
                return
            path = path.removeprefix(self._prefix.encode())
            gateway, request = await asyncio.open_connection("127.0.0.1", self._gateway_port)
            async with _closing(request):
                request.write(b" ".join([method, path, _once(rest)]))
                await asyncio.gather(_pass_on(browser, request), _pass_on(gateway, answer))


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close the connection at the end; a disconnect of either side is not an error."""
    try:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            yield
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _once(rest: bytes) -> bytes:
    """Headers that close the connection after the response, except for an upgrade."""
    return rest.replace(b"Connection: keep-alive", b"Connection: close")


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(1 << 16):
        writer.write(piece)
        await writer.drain()
    writer.close()
