"""uvicorn's WebSocket protocol, extended for live streams.

A viewer must get the latest picture, not one that waited in a buffer. So the protocol tells when
the previous message has left, and accepts no further one before that. A message for many viewers
is framed once, not once for each. A viewer that has stopped reading can be disconnected without
waiting for it to read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN

__all__ = ["ViewerProtocol", "framed", "protocol_of"]

_EXTENSION = "ei.protocol"


def framed(message: bytes) -> bytes:
    """A whole message as a WebSocket server sends it (RFC 6455 §5.2): the same for every client."""
    return Frame(Opcode.BINARY, message).serialize(mask=False)


class ViewerProtocol(WebSocketsSansIOProtocol):
    """Gives the application direct access to its connection, and buffers at most one message."""

    #: called when everything has been sent
    on_idle: Callable[[], None] = staticmethod(lambda: None)

    @property
    def idle(self) -> bool:
        """Whether the next message would leave at once."""
        return (
            self.writable.is_set() and self.conn.state is OPEN and not self.transport.is_closing()
        )

    @property
    def blocked(self) -> bool:
        """Whether a message is still being sent."""
        return not self.writable.is_set()

    def send_frame(self, frame: bytes) -> None:
        """Send a `framed` message now; only while idle."""
        self.transport.write(frame)

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A connection was upgraded."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    def handle_connect(self, event: Any) -> None:
        """The handshake was received: the application starts after this returns."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][_EXTENSION] = self

    def resume_writing(self) -> None:
        """The buffer is empty."""
        super().resume_writing()
        self.on_idle()


def protocol_of(scope: Mapping[str, Any]) -> ViewerProtocol:
    """The protocol of a WebSocket."""
    protocol: ViewerProtocol = scope["extensions"][_EXTENSION]
    return protocol
