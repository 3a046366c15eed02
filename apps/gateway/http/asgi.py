"""HTTP as ASGI gives it, in the few words that the gateway needs."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from apps.pipeline.messages import wire
from apps.runtime.errors import ElasticError, WireError

__all__ = ["Answer", "Receive", "RefusedError", "Request", "Scope", "Send"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

T = TypeVar("T")

#: Largest JSON body: configurations and credentials are small.
_JSON_BYTES = 64 << 10


class RefusedError(ElasticError):
    """A request that is answered with an error.

    Attributes:
        status: HTTP status.
        headers: further headers of the answer.
    """

    def __init__(
        self, status: HTTPStatus, message: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = {}
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, math.ceil(retry_after)))


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    Attributes:
        body: bytes of the body.
        status: HTTP status.
        kind: media type.
        headers: further headers.
    """

    body: bytes = b""
    status: HTTPStatus = HTTPStatus.OK
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(
        cls,
        value: Any,
        status: HTTPStatus = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The value as JSON."""
        return cls(wire.to_json(value), status, headers=headers or {})

    @classmethod
    def problem(cls, refusal: RefusedError) -> Answer:
        """The error as JSON."""
        return cls.json({"error": str(refusal)}, refusal.status, refusal.headers)

    async def send(self, send: Send) -> None:
        """Send it."""
        headers = [(b"content-length", str(len(self.body)).encode())]
        if self.body:
            headers.append((b"content-type", self.kind.encode()))
        headers += [(name.lower().encode(), text.encode()) for name, text in self.headers.items()]
        await send({"type": "http.response.start", "status": int(self.status), "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class Request:
    """One request, its body not yet read."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self._receive = receive

    @property
    def method(self) -> str:
        """GET, POST, …; WebSocket upgrades are GET."""
        return str(self.scope.get("method", "GET"))

    @cached_property
    def path(self) -> str:
        """The path as it was sent, percent-encoding untouched."""
        raw: bytes = self.scope.get("raw_path") or b"/"
        return raw.decode("ascii", errors="replace")

    @cached_property
    def headers(self) -> dict[str, str]:
        """Names in lower case; of a repeated header the values, separated by commas."""
        found: dict[str, str] = {}
        for name, value in self.scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            found[key] = f"{found[key]}, {text}" if key in found else text
        return found

    @cached_property
    def query(self) -> dict[str, str]:
        """The query; of a repeated name the last value."""
        text = self.scope["query_string"].decode("ascii", errors="replace")
        return dict(parse_qsl(text, keep_blank_values=True))

    @property
    def client(self) -> str:
        """The address of the client; empty if unknown."""
        client = self.scope.get("client")
        return str(client[0]) if client else ""

    @property
    def secure(self) -> bool:
        """Whether it came over TLS, as far as we can know."""
        return self.scope.get("scheme") in {"https", "wss"}

    @property
    def length(self) -> int | None:
        """How long the client says that the body is; None if it does not say."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() else None

    async def chunks(self, limit: int) -> AsyncIterator[bytes]:
        """The body, piece by piece.

        Raises:
            RefusedError: 413, before anything is read if the client says how much it is, and at the
                first byte too many if it does not; 400 if the client leaves.
        """
        if (self.length or 0) > limit:
            raise _too_large(limit)
        read = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise RefusedError(HTTPStatus.BAD_REQUEST, "the request ended before its body did")
            piece: bytes = message.get("body", b"")
            read += len(piece)
            if read > limit:
                raise _too_large(limit)
            if piece:
                yield piece
            if not message.get("more_body", False):
                return

    async def body(self, limit: int) -> bytes:
        """The whole body.

        Raises:
            RefusedError: as `chunks`.
        """
        return b"".join([piece async for piece in self.chunks(limit)])

    async def json(self, kind: type[T]) -> T:
        """The body as JSON of that kind.

        Raises:
            RefusedError: 415 for another content type, 400 for malformed JSON or wrong fields.
        """
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise RefusedError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON, with Content-Type: application/json"
            )
        try:
            return wire.from_json(kind, await self.body(_JSON_BYTES))
        except WireError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"the JSON is {error}") from error

    async def until_gone(self) -> None:
        """Wait until the client leaves; only after the whole body was read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _too_large(limit: int) -> RefusedError:
    size = f"{limit / (1 << 20):.0f} MiB" if limit >= 1 << 20 else f"{limit >> 10} KiB"
    refusal = RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {size} are taken")
    refusal.headers["Connection"] = "close"  # what is still on its way is not read
    return refusal
