"""The gateway's one ASGI application: pages, REST, MJPEG and WebSockets on one port.

Quart serves everything but the WebSockets. Those are sent to hundreds of viewers many times a
second and go straight to the connection (docs/why/web-framework.md).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import cast

from quart import Response, request
from quart.globals import request_ctx
from redis.exceptions import RedisError
from werkzeug.exceptions import HTTPException

from apps.gateway.api.rest_call import Handler, RestCall
from apps.gateway.api.routes import ROUTES, Access, Route
from apps.gateway.auth.authentication import Auth
from apps.gateway.auth.identity import ANONYMOUS, Identity, required
from apps.gateway.http.pages import Page
from apps.gateway.http.problem import MEDIA_TYPE, ProblemError
from apps.gateway.http.quart_app import GatewayQuart, GatewayRequest
from apps.gateway.http.request_head import Receive, Scope, Send
from apps.gateway.live.mjpeg import MjpegView
from apps.gateway.live.websocket import ViewerSocket
from apps.runtime.metrics import Metrics

__all__ = ["Gateway"]

log = logging.getLogger(__name__)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
_MJPEG_RULE = "/<stream>.mjpg"


class Gateway:
    """Serves every request.

    Pages are given by path. Together, the handlers have one method for each REST route, with the
    name of the route.
    """

    def __init__(
        self,
        auth: Auth,
        pages: Mapping[str, Page],
        handlers: Sequence[object],
        mjpeg: MjpegView,
        socket: ViewerSocket,
        metrics: Metrics,
    ) -> None:
        self._auth = auth
        self._socket = socket
        self._metrics = metrics
        self._quart = app = GatewayQuart(__name__)
        self._labels = {_MJPEG_RULE: "/{id}.mjpg"}
        for route in ROUTES:
            rule = route.path.replace("{", "<").replace("}", ">")
            self._labels[rule] = route.path
            (owner,) = (part for part in handlers if hasattr(part, route.name))
            view = self._rest_view(route, getattr(owner, route.name))
            app.add_url_rule(rule, route.name, view, methods=[route.method])
        app.add_url_rule(_MJPEG_RULE, "mjpeg", _mjpeg_view(mjpeg), methods=["GET"])
        for path, page in pages.items():
            app.add_url_rule(path, f"page {path}", _page_view(page), methods=["GET"])
        app.before_request(self._check_host)
        app.after_request(self._finish)
        app.register_error_handler(ProblemError, _problem)
        app.register_error_handler(HTTPException, _unmatched)
        app.register_error_handler(RedisError, _redis_failed)
        app.register_error_handler(Exception, self._failed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one WebSocket."""
        if scope["type"] == "websocket":
            await self._socket.serve(scope, receive, send)
        elif scope["type"] == "http":
            await self._quart(scope, receive, send)  # type: ignore[arg-type]  # hypercorn's types

    def _rest_view(self, route: Route, handler: Handler) -> Callable[..., Awaitable[Response]]:
        async def view(**parts: str) -> Response:
            asked = _request()
            if route.changes:
                self._auth.check_intent(asked.head)
            return await handler(RestCall(asked, await self._identity(asked, route), parts))

        return view

    async def _identity(self, asked: GatewayRequest, route: Route) -> Identity:
        if route.access is Access.EVERYBODY:
            return ANONYMOUS
        identity = await self._auth.identify(asked.head)
        return required(identity, admin=route.access is Access.ADMIN)

    async def _check_host(self) -> None:
        self._auth.check_host(_request().head)

    async def _finish(self, response: Response) -> Response:
        """Add the headers that every response has, and count it."""
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        rule = request.url_rule
        label = self._labels.get(rule.rule, "page") if rule else "page"
        self._metrics.counter("ei_http_requests_total", label, str(response.status_code)).inc()
        return response

    async def _failed(self, error: Exception) -> Response:
        """The boundary of one request: log, count, answer."""
        rule = request.url_rule
        log.error("%s %s failed", request.method, rule.rule if rule else "page", exc_info=error)
        self._metrics.counter("ei_service_errors_total", "gateway").inc()
        return _problem(ProblemError(500, "The gateway failed; its log says why"))


def _request() -> GatewayRequest:
    """The current request itself: a stream outlives the context that `request` needs."""
    return cast(GatewayRequest, request_ctx.request)


def _mjpeg_view(mjpeg: MjpegView) -> Callable[..., Awaitable[Response]]:
    async def view(stream: str) -> Response:
        return await mjpeg.show(_request(), stream)

    return view


def _page_view(page: Page) -> Callable[..., Awaitable[Response]]:
    async def view() -> Response:
        return page.response(_request().head.headers)

    return view


def _problem(error: ProblemError) -> Response:
    return Response(error.body, error.status, error.headers, content_type=MEDIA_TYPE)


def _unmatched(error: HTTPException) -> Response:
    """Quart's own errors: no such path, or another method."""
    status = HTTPStatus(error.code or 500)
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    text = error.description or status.phrase
    if status is HTTPStatus.NOT_FOUND:
        api = request.path.startswith("/api/")
        text = "There is no such route: see /api/docs" if api else "There is no such page"
    elif status is HTTPStatus.METHOD_NOT_ALLOWED:
        text = f"{request.method} is not possible here; use {headers.get('Allow', 'GET')}"
    return _problem(ProblemError(status, text, headers=headers))


def _redis_failed(error: RedisError) -> Response:
    log.warning("%s: Redis: %s", request.endpoint, error)
    return _problem(ProblemError(503, "Redis does not respond", retry_after=2))
