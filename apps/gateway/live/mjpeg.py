"""Pictures with boxes drawn in, for clients that can show MJPEG: `/<stream id>.mjpg`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from quart import Response

from apps.gateway.auth.admission import Admission
from apps.gateway.http.problem import ProblemError
from apps.gateway.http.quart_app import GatewayRequest, StreamResponse
from apps.gateway.live.viewers import Viewer, Viewers
from apps.runtime.metrics import Metrics

__all__ = ["MjpegView"]

_BOUNDARY = b"frame"
_KIND = f"multipart/x-mixed-replace; boundary={_BOUNDARY.decode()}"


@dataclass(frozen=True)
class MjpegView:
    """Serves MJPEG."""

    admission: Admission
    viewers: Viewers
    metrics: Metrics
    stall_seconds: float = 20.0  #: a client that accepts nothing for this long is disconnected

    async def show(self, request: GatewayRequest, stream: str) -> Response:
        """A response that lasts until the client leaves; `?max_fps=` bounds its rate.

        Raises:
            ProblemError: as `Admission.admit`; 400 for a malformed rate.
        """
        max_fps = _rate(request.args.get("max_fps"))
        identity = await self.admission.admit(request.head, stream)
        if request.method == "HEAD":
            return Response(b"", content_type=_KIND)
        viewer = Viewer(stream, "mjpeg", _part, identity.session)
        parts = self._parts(request, viewer, max_fps)
        return StreamResponse(parts, _KIND, self.stall_seconds)

    async def _parts(
        self, request: GatewayRequest, viewer: Viewer, max_fps: float | None
    ) -> AsyncIterator[bytes]:
        """Every picture, until the client leaves or the viewer is disconnected."""
        sent = self.metrics.counter("ei_viewer_messages_total", viewer.transport)
        self.viewers.add(viewer)
        self.viewers.set_options(viewer, pixels=True, max_fps=max_fps)
        gone = asyncio.create_task(request.until_gone())
        gone.add_done_callback(lambda _: viewer.disconnect(0))
        viewer.leave.add_done_callback(lambda _: viewer.mailbox.on_fill())
        try:
            while not viewer.leave.done():
                await viewer.mailbox.wait()
                part = viewer.mailbox.take()
                if part is not None:
                    yield part
                    sent.inc()
        finally:
            gone.cancel()
            self.viewers.remove(viewer)


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
        raise ProblemError(400, "Send max_fps as a number above 0, up to 1000")
    return rate
