"""One viewer on a WebSocket: `/<stream id>`.

By default each message is the worker's MessagePack `Result`, unchanged. With the sub-protocol
`ei.jpeg` it is a JPEG with the boxes drawn in. A client may say what it wants at any time, in JSON:
`{"pixels": false, "max_fps": 5}`.
"""

from __future__ import annotations

import asyncio
from enum import IntEnum
from http import HTTPStatus
from typing import Annotated, Any

import msgspec

from apps.gateway.admission import Admission
from apps.gateway.auth import Auth
from apps.gateway.http import Answer, Receive, RefusedError, Request, Scope, Send
from apps.gateway.transport import Line, line_of
from apps.gateway.viewers import Viewer, Viewers
from apps.pipeline import wire
from apps.pipeline.errors import WireError
from apps.pipeline.metrics import Metrics

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
        viewer = Viewer(stream, "jpeg" if drawn else "websocket", identity.session)
        self._viewers.enter(viewer)
        try:
            await self._watch(viewer, line_of(scope), receive, send)
        finally:
            self._viewers.leave(viewer)

    async def _watch(self, viewer: Viewer, line: Line, receive: Receive, send: Send) -> None:
        """Until the client leaves, stalls, or is sent away."""
        reading = asyncio.create_task(self._read(viewer, receive))
        writing = asyncio.create_task(self._write(viewer, line, send))
        ends: set[asyncio.Future[Any]] = {reading, writing, viewer.leave}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in (reading, writing):
            task.cancel()
        await asyncio.gather(reading, writing, return_exceptions=True)
        if viewer.leave.done() and line.writable.is_set():
            await _close(viewer.leave.result(), "", send)
        elif not line.writable.is_set():
            line.abort()

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

    async def _write(self, viewer: Viewer, line: Line, send: Send) -> None:
        sent = self._metrics.counter("ei_viewer_messages_total", viewer.transport)
        while True:
            await viewer.mailbox.wait()
            if not line.writable.is_set():
                try:
                    async with asyncio.timeout(self._stall_seconds):
                        await line.writable.wait()
                except TimeoutError:
                    return
            message = viewer.mailbox.take()
            if message is None:
                continue
            try:
                await send({"type": "websocket.send", "bytes": message})
            except OSError:  # the client is gone; the reader learns it, too
                return
            sent.inc()


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
