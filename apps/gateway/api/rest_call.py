"""What a REST handler gets, and how it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from quart import Response

from apps.gateway.auth.identity import ANONYMOUS, Identity
from apps.gateway.http.quart_app import GatewayRequest
from apps.pipeline.messages import wire

__all__ = ["Handler", "RestCall", "json_response"]


@dataclass(frozen=True)
class RestCall:
    """An admitted REST call."""

    request: GatewayRequest  #: its body is not yet read
    identity: Identity = ANONYMOUS  #: of the caller; `ANONYMOUS` on routes without a required role
    #: of the path, by their names in the table of routes; percent-encoding untouched
    parts: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[RestCall], Awaitable[Response]]


def json_response(
    value: Any, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    """The value as JSON."""
    return Response(wire.to_json(value), status, headers, content_type="application/json")
