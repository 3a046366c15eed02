"""Quart, with paths as they were sent and bodies that are read only as fast as they are used.

Quart decodes a path before it matches it and receives a body whether or not it is wanted. Stream
ids are percent-encoded and may contain `%2F`, so here the undecoded path is matched. A body is
received one piece at a time, when a handler asks for it: an upload takes no more memory than one
piece, and a refused one is not read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from functools import cached_property
from typing import Any, TypeVar

from quart import Quart, Request, Response
from quart.asgi import ASGIHTTPConnection
from quart.wrappers.request import Body
from werkzeug.routing import MapAdapter

from apps.gateway.http.problem import ProblemError
from apps.gateway.http.request_head import Receive, RequestHead, Send
from apps.pipeline.messages import wire
from apps.runtime.errors import WireError

__all__ = ["GatewayQuart", "GatewayRequest", "ReceivedBody", "StreamResponse"]

T = TypeVar("T")

#: Largest JSON body: configurations and credentials are small.
_JSON_BYTES = 64 << 10


class ReceivedBody(Body):
    """The pieces of a body, received one by one."""

    receive: Receive  #: of ASGI

    async def __anext__(self) -> bytes:
        """The next piece.

        Raises:
            ProblemError: 400 if the client leaves.
        """
        while not self._complete.is_set():
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ProblemError(400, "The request ended before its body did")
            if not message.get("more_body", False):
                self.set_complete()
            if piece := message.get("body", b""):
                return bytes(piece)
        raise StopAsyncIteration

    def __await__(self) -> Generator[Any, None, bytes]:
        return self._whole().__await__()

    async def _whole(self) -> bytes:
        return b"".join([piece async for piece in self])


class GatewayRequest(Request):
    """A request with bounded ways to read its body."""

    body_class = ReceivedBody
    body: ReceivedBody

    @cached_property
    def head(self) -> RequestHead:
        """Path, headers and client."""
        return RequestHead(self.scope)

    async def chunks(self, limit: int) -> AsyncIterator[bytes]:
        """The body, piece by piece, `limit` bytes at most.

        Raises:
            ProblemError: 413, before anything is read if the client announces too much, and at the
                first byte too many otherwise; 400 if the client leaves.
        """
        if (self.content_length or 0) > limit:
            raise _too_large(limit)
        read = 0
        async for piece in self.body:
            read += len(piece)
            if read > limit:
                raise _too_large(limit)
            yield piece

    async def read(self, limit: int) -> bytes:
        """The whole body.

        Raises:
            ProblemError: as `chunks`.
        """
        return b"".join([piece async for piece in self.chunks(limit)])

    async def read_json(self, kind: type[T]) -> T:
        """The body as JSON of that kind.

        Raises:
            ProblemError: 415 for another content type, 400 for malformed JSON or wrong fields.
        """
        if self.mimetype != "application/json":
            raise ProblemError(415, "Send JSON, with Content-Type: application/json")
        try:
            return wire.from_json(kind, await self.read(_JSON_BYTES))
        except WireError as error:
            raise ProblemError(400, f"The JSON is {error}") from error

    async def until_gone(self) -> None:
        """Wait until the client leaves; only after the whole body was read."""
        while (await self.body.receive())["type"] != "http.disconnect":
            pass


class StreamResponse(Response):
    """A response that is made while it is sent, until its client stalls for that many seconds."""

    def __init__(
        self, parts: AsyncIterator[bytes], content_type: str, stall_seconds: float
    ) -> None:
        super().__init__(parts, content_type=content_type)
        self.stall_seconds = stall_seconds


class _Connection(ASGIHTTPConnection):
    """One request and its response."""

    async def __call__(self, receive: Any, send: Any) -> None:
        self.scope["path"] = RequestHead(self.scope).path
        request = self._create_request_from_scope(send)
        request.body.receive = receive  # type: ignore[attr-defined]  # `body_class` says which
        await self.handle_request(request, send)

    async def _send_response(self, send: Any, response: Any) -> None:
        if isinstance(response, StreamResponse):
            send = _within(response.stall_seconds, send)
        await super()._send_response(send, response)


class GatewayQuart(Quart):
    """Quart without its own limits, automatic options and redirects."""

    asgi_http_class = _Connection
    request_class = GatewayRequest

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.config.update(
            MAX_CONTENT_LENGTH=None, RESPONSE_TIMEOUT=None, PROVIDE_AUTOMATIC_OPTIONS=False
        )
        self.url_map.merge_slashes = False

    def create_url_adapter(self, request: Any) -> MapAdapter | None:
        """Match by method and path only: the Host header is for `Auth.check_host` to judge."""
        if request is None:
            return None
        return self.url_map.bind("", path_info=request.path, default_method=request.method)


def _within(seconds: float, send: Send) -> Send:
    async def send_in_time(message: Any) -> None:
        async with asyncio.timeout(seconds):
            await send(message)

    return send_in_time


def _too_large(limit: int) -> ProblemError:
    size = f"{limit / (1 << 20):.0f} MiB" if limit >= 1 << 20 else f"{limit >> 10} KiB"
    close = {"Connection": "close"}  # the rest of the body is not read
    text = f"The body is too large: send at most {size}"
    return ProblemError(413, text, headers=close)
