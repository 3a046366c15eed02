"""One viewer on a WebSocket: `/<stream id>`.

By default each message is the worker's MessagePack `Result`, unchanged. With the sub-protocol
`ei.jpeg` it is a JPEG with the boxes drawn in. A client may say what it wants at any time, in JSON:
`{"pixels": false, "max_fps": 5}`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import IntEnum
from http import HTTPStatus
from typing import Annotated, Any

import msgspec

from apps.gateway.auth.admission import Admission
from apps.gateway.auth.authentication import Auth
from apps.gateway.http.asgi import Answer, Receive, RefusedError, Request, Scope, Send
from apps.gateway.live.mailbox import Mailbox
from apps.gateway.live.transport import ViewerProtocol, framed, line_of
from apps.gateway.live.viewers import Viewer, Viewers
from apps.pipeline.messages import wire
from apps.runtime.errors import WireError
from apps.runtime.metrics import Metrics

__all__ = ["JPEG_PROTOCOL", "CloseCode", "ViewerSocket"]

JPEG_PROTOCOL = "ei.jpeg"


class CloseCode(IntEnum):
    """Why a WebSocket was closed, beside the codes of the protocol itself."""

    LATER = 1013  # the gateway does not know yet which streams there are
    MALFORMED = 4400  # what the client said is no wish
    SIGN_IN = 4401  # nobody is signed in, or not any more
    NOT_YOURS = 4403  # this stream is not theirs to see
    UNKNOWN = 4404  # there is no such stream


_CODES = {
    HTTPStatus.UNAUTHORIZED: CloseCode.SIGN_IN,
    HTTPStatus.TOO_MANY_REQUESTS: CloseCode.SIGN_IN,
    HTTPStatus.FORBIDDEN: CloseCode.NOT_YOURS,
    HTTPStatus.NOT_FOUND: CloseCode.UNKNOWN,
}


class _Wish(msgspec.Struct, frozen=True):
    pixels: bool = True
    max_fps: Annotated[float, msgspec.Meta(gt=0, le=1000)] | None = None


class ViewerSocket:
    """Serves WebSockets.

    Args:
        auth: looks where the upgrade comes from.
        admission: who may watch what.
        viewers: where they enter.
        metrics: of the process.
        stall_seconds: a viewer to whom nothing could be sent for this long is cut off.
    """

    def __init__(
        self,
        auth: Auth,
        admission: Admission,
        viewers: Viewers,
        metrics: Metrics,
        stall_seconds: float = 20.0,
    ) -> None:
        self._auth = auth
        self._admission = admission
        self._viewers = viewers
        self._metrics = metrics
        self._stall_seconds = stall_seconds

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket to its end."""
        request = Request(scope, receive)
        try:
            self._auth.check_host(request)
            self._auth.check_origin(request)
        except RefusedError as refusal:
            await _reject(refusal, send)
            return
        stream = request.path.removeprefix("/")
        await receive()  # the wish to connect
        try:
            identity = await self._admission.admit(request, stream)
        except RefusedError as refusal:
            await send({"type": "websocket.accept"})
            code = _CODES.get(refusal.status, CloseCode.LATER)
            await _close(code, str(refusal), send)
            return
        drawn = JPEG_PROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": JPEG_PROTOCOL if drawn else None})
        viewer = Viewer(stream, "jpeg" if drawn else "websocket", framed, identity.session)
        self._viewers.enter(viewer)
        try:
            await self._watch(viewer, line_of(scope), receive, send)
        finally:
            self._viewers.leave(viewer)

    async def _watch(
        self, viewer: Viewer, line: ViewerProtocol, receive: Receive, send: Send
    ) -> None:
        """Until the client leaves, stalls, or is sent away."""
        sent = self._metrics.counter("ei_viewer_messages_total", viewer.transport)
        courier = Courier(viewer.mailbox, line, sent.inc, self._stall_seconds)
        reading = asyncio.create_task(self._read(viewer, receive))
        ends: set[asyncio.Future[Any]] = {reading, viewer.leave}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        courier.stop()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        if line.clogged:
            line.abort()
        elif viewer.leave.done():
            await _close(viewer.leave.result(), "", send)

    async def _read(self, viewer: Viewer, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                wish = wire.from_json(_Wish, (message.get("text") or "").encode())
            except WireError:
                viewer.send_away(CloseCode.MALFORMED)
                return
            self._viewers.wish(viewer, pixels=wish.pixels, max_fps=wish.max_fps)


class Courier:
    """Takes what is in a mailbox to a line, whenever the line is free: nobody waits, no task.

    Args:
        mailbox: of framed messages.
        line: to the viewer.
        sent: called for each message.
        stall_seconds: a line on which nothing could be sent for this long, while there was
            something to send, is cut off.
    """

    def __init__(
        self,
        mailbox: Mailbox[bytes],
        line: ViewerProtocol,
        sent: Callable[[], None],
        stall_seconds: float,
    ) -> None:
        self._mailbox = mailbox
        self._line = line
        self._sent = sent
        self._stall_seconds = stall_seconds
        self._patience: asyncio.TimerHandle | None = None
        mailbox.on_fill = line.on_free = self._go

    def stop(self) -> None:
        """Carry nothing any more."""
        self._mailbox.on_fill = self._line.on_free = _nothing
        self._rest()

    def _go(self) -> None:
        if not self._line.free:
            if self._patience is None:
                loop = asyncio.get_running_loop()
                self._patience = loop.call_later(self._stall_seconds, self._line.abort)
            return
        if self._patience is not None:
            self._rest()
        frame = self._mailbox.take()
        if frame is not None:
            self._line.send_frame(frame)
            self._sent()

    def _rest(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def _nothing() -> None:
    """Nobody listens any more."""


async def _reject(refusal: RefusedError, send: Send) -> None:
    answer = Answer.problem(refusal)
    headers = [(b"content-type", answer.kind.encode())]
    start = {"type": "websocket.http.response.start", "status": int(answer.status)}
    await send({**start, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": answer.body})


async def _close(code: int, reason: str, send: Send) -> None:
    try:
        await send({"type": "websocket.close", "code": int(code), "reason": reason[:120]})
    except OSError:  # the client was quicker
        return
