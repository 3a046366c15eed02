"""Requests made by hand, and what ASGI would send for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apps.gateway.http.asgi import Request

__all__ = ["Sent", "request"]


def request(
    path: str = "/",
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    client: str = "127.0.0.1",
    scheme: str = "http",
    body: Iterable[bytes] = (),
) -> Request:
    """A request whose body comes in these pieces; then the client is gone."""
    pieces = list(body)

    async def receive() -> Any:
        if not pieces:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    path, _, query = path.partition("?")
    named = {"host": "localhost:8080", **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items()],
        "client": (client, 5000),
        "scheme": scheme,
    }
    return Request(scope, receive)


class Sent:
    """What an application sent."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def __call__(self, message: Any) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])
