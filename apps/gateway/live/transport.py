"""uvicorn's WebSocket, with what a live stream needs from the connection below it.

A viewer must get the latest picture, not one that waited in a buffer: nothing is handed over while
the last message has not left, and whoever sends is told when it has. What goes to many viewers is
framed once, not once for each. And a viewer who has stopped reading must be cut off without waiting
for them to read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN

__all__ = ["ViewerProtocol", "framed", "line_of"]

_EXTENSION = "ei.line"


def framed(message: bytes) -> bytes:
    """A whole message as a WebSocket server sends it (RFC 6455 §5.2): the same for every client."""
    return Frame(Opcode.BINARY, message).serialize(mask=False)


class ViewerProtocol(WebSocketsSansIOProtocol):
    """Shows the application its line, and buffers nothing beyond one message.

    Attributes:
        on_free: called when the line has become free.
    """

    on_free: Callable[[], None] = staticmethod(lambda: None)

    @property
    def free(self) -> bool:
        """Whether the next message would leave at once."""
        return (
            self.writable.is_set() and self.conn.state is OPEN and not self.transport.is_closing()
        )

    @property
    def clogged(self) -> bool:
        """Whether something waits to be sent."""
        return not self.writable.is_set()

    def send_frame(self, frame: bytes) -> None:
        """Send a `framed` message now; only while the line is free."""
        self.transport.write(frame)

    def abort(self) -> None:
        """Cut it off at once."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection was upgraded."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    def handle_connect(self, event: Any) -> None:
        """The handshake has come: the application starts after this returns."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][_EXTENSION] = self

    def resume_writing(self) -> None:
        """What waited has been sent."""
        super().resume_writing()
        self.on_free()


def line_of(scope: Mapping[str, Any]) -> ViewerProtocol:
    """The line of a WebSocket."""
    line: ViewerProtocol = scope["extensions"][_EXTENSION]
    return line
