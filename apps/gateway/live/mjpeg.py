"""Pictures with boxes drawn in, for anything that can show MJPEG: `/<stream id>.mjpg`."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from apps.gateway.auth.admission import Admission
from apps.gateway.http.asgi import RefusedError, Request, Send
from apps.gateway.live.viewers import Viewer, Viewers
from apps.runtime.metrics import Metrics

__all__ = ["SUFFIX", "MjpegView"]

SUFFIX = ".mjpg"
_BOUNDARY = b"frame"


class MjpegView:
    """Serves MJPEG.

    Args:
        admission: who may watch what.
        viewers: where they enter.
        metrics: of the process.
        stall_seconds: a viewer to whom nothing could be sent for this long is let go.
    """

    def __init__(
        self,
        admission: Admission,
        viewers: Viewers,
        metrics: Metrics,
        stall_seconds: float = 20.0,
    ) -> None:
        self._admission = admission
        self._viewers = viewers
        self._metrics = metrics
        self._stall_seconds = stall_seconds

    async def serve(self, request: Request, send: Send) -> None:
        """Serve one viewer to its end; `?max_fps=` bounds the rate.

        Raises:
            RefusedError: as `Admission.admit`; 400 for a malformed rate.
        """
        stream = request.path.removeprefix("/").removesuffix(SUFFIX)
        max_fps = _rate(request.query.get("max_fps"))
        identity = await self._admission.admit(request, stream)
        kind = b"multipart/x-mixed-replace; boundary=" + _BOUNDARY
        headers = [(b"content-type", kind), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if request.method == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        viewer = Viewer(stream, "mjpeg", _part, identity.session)
        self._viewers.enter(viewer)
        self._viewers.wish(viewer, pixels=True, max_fps=max_fps)
        try:
            await self._watch(request, viewer, send)
        finally:
            self._viewers.leave(viewer)

    async def _watch(self, request: Request, viewer: Viewer, send: Send) -> None:
        reading = asyncio.create_task(request.until_gone())
        writing = asyncio.create_task(self._write(viewer, send))
        ends: set[asyncio.Future[Any]] = {reading, writing, viewer.leave}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        ended = viewer.leave.done() and not writing.done()
        for task in (reading, writing):
            task.cancel()
        await asyncio.gather(reading, writing, return_exceptions=True)
        if ended:
            await send({"type": "http.response.body", "body": b""})

    async def _write(self, viewer: Viewer, send: Send) -> None:
        sent = self._metrics.counter("ei_viewer_messages_total", viewer.transport)
        while True:
            await viewer.mailbox.wait()
            part = viewer.mailbox.take()
            if part is None:
                continue
            try:
                async with asyncio.timeout(self._stall_seconds):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            except TimeoutError:
                return
            sent.inc()


def _part(picture: bytes) -> bytes:
    head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
    return head % (_BOUNDARY, len(picture)) + picture + b"\r\n"


def _rate(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 1000:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "max_fps is a number above 0")
    return rate
