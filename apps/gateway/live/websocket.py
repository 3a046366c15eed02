"""One viewer on a WebSocket: `/<stream id>`, as a plain ASGI application.

By default each message is the worker's MessagePack `Result`, unchanged. With the sub-protocol
`ei.jpeg` it is a JPEG with the boxes drawn in. A client may set its options at any time, in JSON:
`{"pixels": false, "max_fps": 5}`.

Frames go straight to the connection: through ASGI's `send` they cost half as much again, and
through Quart twice as much (docs/why/web-framework.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from http import HTTPStatus
from typing import Annotated, Any

import msgspec

from apps.gateway.auth.admission import Admission
from apps.gateway.auth.authentication import Auth
from apps.gateway.http.problem import MEDIA_TYPE, ProblemError
from apps.gateway.http.request_head import Receive, RequestHead, Scope, Send
from apps.gateway.live.mailbox import Mailbox
from apps.gateway.live.viewer_protocol import ViewerProtocol, framed, protocol_of
from apps.gateway.live.viewers import Viewer, Viewers
from apps.pipeline.messages import wire
from apps.runtime.errors import WireError
from apps.runtime.metrics import Metrics

__all__ = ["JPEG_PROTOCOL", "CloseCode", "MessageSender", "ViewerSocket"]

JPEG_PROTOCOL = "ei.jpeg"


class CloseCode(IntEnum):
    """Reasons for closing a WebSocket, beside the codes of the protocol itself."""

    RESTARTING = 1012  # the gateway stops, and will be back
    LATER = 1013  # the gateway does not know the streams yet
    MALFORMED = 4400  # invalid client message
    SIGN_IN = 4401  # not signed in, or not any more
    FORBIDDEN = 4403  # the caller may not see this stream
    UNKNOWN = 4404  # there is no such stream


_CODES = {
    HTTPStatus.UNAUTHORIZED: CloseCode.SIGN_IN,
    HTTPStatus.TOO_MANY_REQUESTS: CloseCode.SIGN_IN,
    HTTPStatus.FORBIDDEN: CloseCode.FORBIDDEN,
    HTTPStatus.NOT_FOUND: CloseCode.UNKNOWN,
}


class _Options(msgspec.Struct, frozen=True):
    pixels: bool = True
    max_fps: Annotated[float, msgspec.Meta(gt=0, le=1000)] | None = None


@dataclass(frozen=True)
class ViewerSocket:
    """Serves WebSockets."""

    auth: Auth  #: checks the origin of the upgrade
    admission: Admission
    viewers: Viewers
    metrics: Metrics
    stall_seconds: float = 20.0  #: a client that accepts nothing for this long is disconnected

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket until it ends."""
        head = RequestHead(scope)
        try:
            self.auth.check_host(head)
            self.auth.check_origin(head)
        except ProblemError as problem:
            await _reject(problem, send)
            return
        stream = head.path.removeprefix("/")
        await receive()  # websocket.connect
        try:
            identity = await self.admission.admit(head, stream)
        except ProblemError as problem:
            await send({"type": "websocket.accept"})
            code = _CODES.get(problem.status, CloseCode.LATER)
            await _close(code, str(problem), send)
            return
        drawn = JPEG_PROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": JPEG_PROTOCOL if drawn else None})
        viewer = Viewer(stream, "jpeg" if drawn else "websocket", framed, identity.session)
        self.viewers.add(viewer)
        try:
            await self._watch(viewer, protocol_of(scope), receive, send)
        finally:
            self.viewers.remove(viewer)

    async def _watch(
        self, viewer: Viewer, protocol: ViewerProtocol, receive: Receive, send: Send
    ) -> None:
        """Until the client leaves, stalls, or must be disconnected."""
        sent = self.metrics.counter("ei_viewer_messages_total", viewer.transport)
        sender = MessageSender(viewer.mailbox, protocol, sent.inc, self.stall_seconds)
        reading = asyncio.create_task(self._read(viewer, receive))
        ends: set[asyncio.Future[Any]] = {reading, viewer.leave}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        sender.stop()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        if protocol.blocked:
            protocol.abort()
        elif viewer.leave.done():
            await _close(viewer.leave.result(), "", send)

    async def _read(self, viewer: Viewer, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                options = wire.from_json(_Options, (message.get("text") or "").encode())
            except WireError:
                viewer.disconnect(CloseCode.MALFORMED)
                return
            self.viewers.set_options(viewer, pixels=options.pixels, max_fps=options.max_fps)


class MessageSender:
    """Sends what is in a mailbox whenever the connection is idle: without waiting, without a task.

    Args:
        mailbox: of framed messages.
        protocol: of the connection to the viewer.
        sent: called for each message.
        stall_seconds: a connection that accepts nothing for this long, while a message waits, is
            closed.
    """

    def __init__(
        self,
        mailbox: Mailbox[bytes],
        protocol: ViewerProtocol,
        sent: Callable[[], None],
        stall_seconds: float,
    ) -> None:
        self._mailbox = mailbox
        self._protocol = protocol
        self._sent = sent
        self._stall_seconds = stall_seconds
        self._stall_timer: asyncio.TimerHandle | None = None
        mailbox.on_fill = protocol.on_idle = self._send

    def stop(self) -> None:
        """Send nothing more."""
        self._mailbox.on_fill = self._protocol.on_idle = _ignore
        self._cancel_timer()

    def _send(self) -> None:
        if not self._protocol.idle:
            if self._stall_timer is None:
                loop = asyncio.get_running_loop()
                self._stall_timer = loop.call_later(self._stall_seconds, self._protocol.abort)
            return
        if self._stall_timer is not None:
            self._cancel_timer()
        frame = self._mailbox.take()
        if frame is not None:
            self._protocol.send_frame(frame)
            self._sent()

    def _cancel_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None


def _ignore() -> None:
    """Do nothing: the sender has stopped."""


async def _reject(problem: ProblemError, send: Send) -> None:
    """Refuse the upgrade with an HTTP response."""
    headers = [(b"content-type", MEDIA_TYPE.encode())]
    start = {"type": "websocket.http.response.start", "status": int(problem.status)}
    await send({**start, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": problem.body})


async def _close(code: int, reason: str, send: Send) -> None:
    try:
        await send({"type": "websocket.close", "code": int(code), "reason": reason[:120]})
    except OSError:  # the client has closed first
        return
