"""Requests as a client would send them, and the response as a test reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quart import Response
from werkzeug.datastructures import Headers

from apps.gateway.http.quart_app import GatewayRequest
from apps.gateway.http.request_head import RequestHead

__all__ = ["body_of", "head", "request"]


def head(path: str = "/", **changes: Any) -> RequestHead:
    """The head of a `request` with the same arguments."""
    return request(path, **changes).head


def request(
    path: str = "/",
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    client: str = "127.0.0.1",
    scheme: str = "http",
    body: Iterable[bytes] = (),
) -> GatewayRequest:
    """A request whose body comes in these pieces; then the client leaves."""
    pieces = list(body)

    async def receive() -> Any:
        if not pieces:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    path, _, query = path.partition("?")
    named = {"host": "localhost:8080", **(headers or {})}
    scope: Any = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items()],
        "client": (client, 5000),
        "scheme": scheme,
    }
    made = GatewayRequest(
        method, scheme, path, query.encode(), Headers(list(named.items())), "", "1.1", scope,
        send_push_promise=_no_push,
    )  # fmt: skip
    made.body.receive = receive
    return made


async def _no_push(path: str, headers: Headers) -> None:
    raise AssertionError((path, headers))


async def body_of(response: Response) -> bytes:
    """The whole body."""
    data = await response.get_data(as_text=False)
    return bytes(data)
