"""uvicorn's WebSocket, with two things that a live stream needs from the connection below it.

A viewer must get the latest picture, not one that waited in a buffer: nothing is handed over while
the last message has not left, and whoever writes can wait for that moment before they choose what
to send. And a viewer who has stopped reading must be cut off without waiting for them to read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["Line", "ViewerProtocol", "line_of"]

_EXTENSION = "ei.line"


@dataclass(frozen=True)
class Line:
    """The connection below a WebSocket.

    Attributes:
        writable: set while nothing waits to be sent.
        abort: cut it off at once.
    """

    writable: asyncio.Event
    abort: Callable[[], None]


class ViewerProtocol(WebSocketsSansIOProtocol):
    """Tells the application about its line, and buffers nothing beyond one message."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection was upgraded."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    def handle_connect(self, event: Any) -> None:
        """The handshake has come: the application starts after this returns."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][_EXTENSION] = Line(self.writable, self.transport.abort)


def line_of(scope: Mapping[str, Any]) -> Line:
    """The line of a WebSocket; one that is always free where the server tells nothing."""
    line = scope.get("extensions", {}).get(_EXTENSION)
    if isinstance(line, Line):
        return line
    free = asyncio.Event()
    free.set()
    return Line(free, lambda: None)
