"""The health port of every process: `/healthz`, `/readyz` and `/metrics`.

A process is healthy while its event loop runs, and ready while all its conditions hold. The port
needs no token, because it shows no source addresses and no secrets. In a cluster, the NetworkPolicy
limits access to it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import prometheus_client

from apps.runtime.metrics import Metrics

__all__ = ["AsgiApp", "Health", "admin_app"]

Message = MutableMapping[str, Any]
AsgiApp = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


class Health:
    """The readiness conditions of a process, and the reasons for those that do not hold."""

    def __init__(self, service: str, metrics: Metrics) -> None:
        self._service = service
        self._metrics = metrics
        self._unmet: dict[str, str] = {"start": "starting"}
        self._update()

    @property
    def ready(self) -> bool:
        """Whether every condition holds."""
        return not self._unmet

    @property
    def reasons(self) -> dict[str, str]:
        """The conditions that do not hold, each with a reason of one sentence."""
        return dict(self._unmet)

    def met(self, condition: str) -> None:
        """Record that the condition holds."""
        if self._unmet.pop(condition, None) is not None:
            self._update()

    def unmet(self, condition: str, reason: str) -> None:
        """Record that the condition does not hold. `/readyz` shows the reason."""
        if self._unmet.get(condition) != reason:
            self._unmet[condition] = reason
            self._update()

    def _update(self) -> None:
        self._metrics.gauge("ei_ready", self._service).set(1 if self.ready else 0)


def admin_app(health: Health, metrics: Metrics) -> AsgiApp:
    """The ASGI application of the health and metrics port."""

    async def app(scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        status, kind, body = _answer(scope["path"], health, metrics)
        headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _answer(path: str, health: Health, metrics: Metrics) -> tuple[int, str, bytes]:
    if path == "/healthz":
        return 200, "text/plain", b"ok\n"
    if path == "/readyz":
        body = json.dumps({"ready": health.ready, "waiting_for": health.reasons}).encode()
        return (200 if health.ready else 503), "application/json", body
    if path == "/metrics":
        body = prometheus_client.generate_latest(metrics.registry)
        return 200, "text/plain; version=0.0.4; charset=utf-8", body
    return 404, "text/plain", b"Not found. Use /healthz, /readyz or /metrics\n"


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
