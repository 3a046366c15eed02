"""The one ASGI application: pages, REST, WebSockets and MJPEG on one port."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from a2wsgi import WSGIMiddleware
from redis.exceptions import RedisError

from apps.gateway.auth.authentication import Auth
from apps.gateway.auth.identity import Identity, required
from apps.gateway.http.asgi import Answer, Receive, RefusedError, Request, Scope, Send
from apps.gateway.http.rest import IDENTITY
from apps.gateway.http.routes import Route, Who, match
from apps.gateway.http.static import Pages
from apps.gateway.live.mjpeg import SUFFIX, MjpegView
from apps.gateway.live.websocket import ViewerSocket
from apps.runtime.metrics import Metrics

__all__ = ["Call", "Gateway", "Handler"]

log = logging.getLogger(__name__)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
_FAILED = RefusedError(
    HTTPStatus.INTERNAL_SERVER_ERROR, "the gateway failed at this: its log says why"
)


@dataclass(frozen=True)
class Call:
    """A REST call that was let in.

    Attributes:
        request: as it came.
        identity: who asks; None where everybody may.
        parts: those of the path that stand in braces in the table of routes.
    """

    request: Request
    identity: Identity | None
    parts: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Awaitable[Answer]]


class Gateway:
    """Sends every request to who answers it.

    Args:
        auth: who may come in.
        pages: the dashboard.
        instant: the WSGI application of the routes that answer from memory.
        handlers: the functions of all other routes, by name.
        socket: serves WebSockets.
        mjpeg: serves MJPEG.
        metrics: of the process.
    """

    def __init__(
        self,
        auth: Auth,
        pages: Pages,
        instant: WSGIMiddleware,
        handlers: Mapping[str, Handler],
        views: tuple[ViewerSocket, MjpegView],
        metrics: Metrics,
    ) -> None:
        self._auth = auth
        self._pages = pages
        self._instant = instant
        self._handlers = handlers
        self._socket, self._mjpeg = views
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one WebSocket."""
        if scope["type"] == "websocket":
            await self._socket.serve(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(Request(scope, receive), receive, send)

    async def _http(self, request: Request, receive: Receive, send: Send) -> None:
        sender = _Sender(send)
        route = "page"
        try:
            self._auth.check_host(request)
            if request.path.startswith("/api/"):
                found, parts = match(request.method, request.path)
                route = found.path
                await self._rest(found, parts, request, receive, sender)
            elif request.path.endswith(SUFFIX) and request.method in {"GET", "HEAD"}:
                route = "/{id}.mjpg"
                await self._mjpeg.serve(request, sender)
            else:
                await self._page(request, sender)
        except RefusedError as refusal:
            if not sender.status:
                await Answer.problem(refusal).send(sender)
        except Exception:  # the boundary of one request: log, count, answer
            log.exception("%s %s failed", request.method, route)
            self._metrics.counter("ei_service_errors_total", "gateway").inc()
            if not sender.status:
                await Answer.problem(_FAILED).send(sender)
        finally:
            status = str(sender.status or 499)
            self._metrics.counter("ei_http_requests_total", route, status).inc()

    async def _rest(
        self, route: Route, parts: dict[str, str], request: Request, receive: Receive, send: Send
    ) -> None:
        if route.changes:
            self._auth.check_intent(request)
        identity = None
        if route.who is not Who.EVERYBODY:
            identity = required(await self._auth.identify(request), admin=route.who is Who.ADMIN)
        if route.instant:
            scope: Any = {**request.scope, "path": request.path, IDENTITY: identity}
            await self._instant(scope, receive, send)
            return
        try:
            answer = await self._handlers[route.name](Call(request, identity, parts))
        except RedisError as error:
            log.warning("%s: Redis: %s", route.name, error)
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, "Redis does not answer", retry_after=2
            ) from error
        await answer.send(send)

    async def _page(self, request: Request, send: Send) -> None:
        if request.method not in {"GET", "HEAD"}:
            raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "pages are only read")
        answer = self._pages.answer(request)
        if answer is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "there is no such page")
        await answer.send(send)


class _Sender:
    """Adds the headers that every answer has, and remembers the status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = {name.lower() for name, _ in message["headers"]}
            added = [
                (name.encode(), text.encode())
                for name, text in _HEADERS.items()
                if name.encode() not in own
            ]
            message = {**message, "headers": [*message["headers"], *added]}
        await self._send(message)
