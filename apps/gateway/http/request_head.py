"""Path, headers and client of a request, of REST calls and WebSocket upgrades alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import cached_property
from typing import Any

__all__ = ["Receive", "RequestHead", "Scope", "Send"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class RequestHead:
    """What a request says before its body, from an ASGI scope (`http` or `websocket`)."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._scope = scope

    @cached_property
    def path(self) -> str:
        """The path as it was sent, percent-encoding untouched."""
        raw: bytes = self._scope.get("raw_path") or b"/"
        return raw.decode("ascii", errors="replace")

    @cached_property
    def headers(self) -> dict[str, str]:
        """Names in lower case; the values of a repeated header are joined with commas."""
        found: dict[str, str] = {}
        for name, value in self._scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            found[key] = f"{found[key]}, {text}" if key in found else text
        return found

    @property
    def client(self) -> str:
        """The address of the client; empty if unknown."""
        client = self._scope.get("client")
        return str(client[0]) if client else ""

    @property
    def secure(self) -> bool:
        """Whether the request came over TLS, as far as the gateway can know."""
        return self._scope.get("scheme") in {"https", "wss"}
