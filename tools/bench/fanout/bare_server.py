"""The baseline of the gateway: a bare `websockets` server that forwards messages of Redis.

    python -m tools.bench.fanout.bare_server SOCKET CHANNEL PORT mailbox|broadcast

It has no sign-in, streams, ordering or metrics. With mailboxes a slow viewer misses messages; with
`websockets.broadcast` unread messages accumulate in the memory of the server.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed


class LatestMessage:
    """Holds one message; the latest replaces it."""

    def __init__(self) -> None:
        self._message: bytes | None = None
        self._filled = asyncio.Event()

    def put(self, message: bytes) -> None:
        """Replace the message."""
        self._message = message
        self._filled.set()

    async def take(self) -> bytes:
        """Wait for a message and remove it."""
        while self._message is None:
            await self._filled.wait()
        message, self._message = self._message, None
        self._filled.clear()
        return message


class BareServer:
    """Sends every message to every viewer."""

    def __init__(self) -> None:
        self._mailboxes: set[LatestMessage] = set()
        self._connections: set[ServerConnection] = set()

    async def with_mailbox(self, connection: ServerConnection) -> None:
        """Serve one viewer from a mailbox."""
        mailbox = LatestMessage()
        self._mailboxes.add(mailbox)
        try:
            while True:
                await connection.send(await mailbox.take())
        except ConnectionClosed:
            return
        finally:
            self._mailboxes.discard(mailbox)

    async def with_broadcast(self, connection: ServerConnection) -> None:
        """Serve one viewer by broadcast."""
        self._connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            self._connections.discard(connection)

    def deliver(self, message: bytes) -> None:
        """Send a message to all viewers."""
        broadcast(self._connections, message)
        for mailbox in self._mailboxes:
            mailbox.put(message)


async def _listen(socket: str, channel: str, deliver: Callable[[bytes], None]) -> None:
    async with Redis(unix_socket_path=socket).pubsub() as pubsub:
        await pubsub.subscribe(channel)
        async for message in pubsub.listen():
            if message["type"] == "message":
                deliver(message["data"])


async def run(socket: str, channel: str, port: int, kind: str) -> None:
    """Serve until the process ends."""
    server = BareServer()
    handler = {"mailbox": server.with_mailbox, "broadcast": server.with_broadcast}[kind]
    async with serve(handler, "127.0.0.1", port, compression=None):
        await _listen(socket, channel, server.deliver)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
