"""Three ways to send one stream to many WebSockets, and what a message costs in each.

    python -m tools.bench.fanout.frameworks

Each server sends 60-kB messages 15 times a second to 100 viewers: straight to the connection as
the gateway does, through ASGI's `send`, and through Quart. docs/why/web-framework.md has the
figures of one run.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import Any

from quart import Quart, websocket

from apps.gateway.live.mailbox import Mailbox
from apps.gateway.live.viewer_protocol import ViewerProtocol, framed, protocol_of
from apps.gateway.live.websocket import MessageSender
from apps.local.ports import free_port
from apps.runtime.service import serve_asgi

__all__ = ["main"]

_WAYS = ("connection", "asgi", "quart")
_VIEWERS, _FPS, _SECONDS = 100, 15, 10
_MESSAGE = bytes(60_000)
#: The stream's path; the servers accept any.
_PATH = "hall:face"


class _FrameworkServer:
    """Sends the same message to all its viewers.

    Args:
        way: one of `_WAYS`.
    """

    def __init__(self, way: str) -> None:
        self._way = way
        self._mailboxes: set[Mailbox[bytes]] = set()
        self._sent = 0
        self._complete, self._stop = asyncio.Event(), asyncio.Event()
        self._quart = Quart(__name__)
        self._quart.add_websocket(f"/{_PATH}", view_func=self._through_quart)

    async def run(self, port: int) -> None:
        """Serve, wait for all viewers, print the cost, stop."""
        app: Any = self._quart if self._way == "quart" else self._plain
        playing = asyncio.create_task(self._play())
        await serve_asgi(app, "127.0.0.1", port, self._stop, websocket=ViewerProtocol)
        await playing

    async def _play(self) -> None:
        await self._complete.wait()
        loop = asyncio.get_running_loop()
        message = framed(_MESSAGE) if self._way == "connection" else _MESSAGE
        began, cpu = loop.time(), time.process_time()
        for number in range(_FPS * _SECONDS):
            await asyncio.sleep(max(0.0, began + number / _FPS - loop.time()))
            for mailbox in list(self._mailboxes):
                mailbox.put(message, loop.time())
        cost = (time.process_time() - cpu) * 1e6 / max(self._sent, 1)
        print(f"{self._way:12}{self._sent:8} messages{cost:7.1f} us each", flush=True)
        self._stop.set()

    def _add_mailbox(self) -> Mailbox[bytes]:
        mailbox: Mailbox[bytes] = Mailbox()
        self._mailboxes.add(mailbox)
        if len(self._mailboxes) == _VIEWERS:
            self._complete.set()
        return mailbox

    def _count(self) -> None:
        self._sent += 1

    async def _plain(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        mailbox = self._add_mailbox()
        sending = None
        if self._way == "connection":
            MessageSender(mailbox, protocol_of(scope), self._count, 20.0)
        else:
            sending = asyncio.create_task(self._through_asgi(mailbox, send))
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self._mailboxes.discard(mailbox)
        if sending is not None:
            sending.cancel()

    async def _through_asgi(self, mailbox: Mailbox[bytes], send: Any) -> None:
        while True:
            await mailbox.wait()
            await send({"type": "websocket.send", "bytes": mailbox.take()})
            self._count()

    async def _through_quart(self) -> None:
        mailbox = self._add_mailbox()
        await websocket.accept()
        while True:
            await mailbox.wait()
            await websocket.send(mailbox.take() or b"")
            self._count()


def main() -> None:
    """Measure each way in a separate process."""
    for way in _WAYS:
        port = str(free_port())
        module = [sys.executable, "-m", __spec__.name if __spec__ else __name__]
        server = subprocess.Popen([*module, way, port])
        time.sleep(3)
        crowd = [sys.executable, "-m", "tools.bench.fanout.crowd", "127.0.0.1", port, _PATH]
        viewers = subprocess.Popen(
            [*crowd, str(_VIEWERS), "reading"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        server.wait()
        viewers.terminate()
        viewers.wait()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        asyncio.run(_FrameworkServer(sys.argv[1]).run(int(sys.argv[2])))
    else:
        main()
