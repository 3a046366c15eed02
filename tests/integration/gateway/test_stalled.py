"""A viewer that reads nothing is disconnected, and its memory is freed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from apps.gateway.auth.admission import Admission
from apps.gateway.auth.authentication import Auth
from apps.gateway.auth.sessions import Sessions
from apps.gateway.auth.sign_in_methods import SignInMethods
from apps.gateway.http.request_head import Receive, Scope, Send
from apps.gateway.live.drawing import draw
from apps.gateway.live.viewer_protocol import ViewerProtocol
from apps.gateway.live.viewers import Viewers
from apps.gateway.live.websocket import ViewerSocket
from apps.gateway.state.current_state import CurrentState
from apps.gateway.state.snapshot import Snapshot, expected
from apps.pipeline.registry.control import StreamWanted
from apps.runtime.metrics import Metrics
from apps.runtime.service import serve_asgi
from tests.integration.gateway.conftest import JPEG, World, free_port, result, until

HALL = StreamWanted(name="hall", tasks=("face",), source="synthetic:pattern")


@contextlib.asynccontextmanager
async def serving(world: World, stall_seconds: float) -> AsyncIterator[tuple[Viewers, int]]:
    metrics, port, stop = Metrics(), free_port(), asyncio.Event()
    viewers = Viewers(world.redis, world.clock, metrics, draw)
    auth = Auth(SignInMethods(), Sessions(world.redis, 60))
    state = CurrentState(world.clock)
    state.update(Snapshot(streams={"hall:face": expected(HALL, "face", 0)}))
    socket_app = ViewerSocket(auth, Admission(auth, state), viewers, metrics, stall_seconds)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await socket_app.serve(scope, receive, send)

    running = asyncio.create_task(viewers.run())
    server = asyncio.create_task(serve_asgi(app, "127.0.0.1", port, stop, websocket=ViewerProtocol))
    try:
        yield viewers, port
    finally:
        stop.set()
        running.cancel()
        await asyncio.gather(server, running, return_exceptions=True)


def deaf_viewer(port: int) -> socket.socket:
    """A connection that asks for a stream and never reads."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", port))
    deaf.sendall(
        b"GET /hall:face HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    return deaf


async def test_a_viewer_that_never_reads_is_disconnected(world: World) -> None:
    picture = JPEG + b"\x00" * 400_000
    async with serving(world, stall_seconds=0.3) as (viewers, port):
        await until(lambda: answers(port))
        deaf = await asyncio.to_thread(deaf_viewer, port)
        await until(lambda: watching(viewers, 1))
        publishing = asyncio.create_task(publish(world, picture))
        await until(lambda: watching(viewers, 0))
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        assert await asyncio.to_thread(drained, deaf) < 3_000_000
        deaf.close()


async def publish(world: World, picture: bytes) -> None:
    for sequence in range(1, 1000):
        await world.publish(result("hall:face", sequence, jpeg=picture))
        await asyncio.sleep(0.02)


def drained(deaf: socket.socket) -> int:
    """Bytes that were on their way before the connection ended."""
    deaf.settimeout(5)
    taken = 0
    with contextlib.suppress(ConnectionError):
        while data := deaf.recv(1 << 16):
            taken += len(data)
    return taken


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def watching(viewers: Viewers, count: int) -> bool:
    return sum(viewers.counts().values()) == count
