"""The OpenAPI document, made from the table of routes and the structs of the answers."""

from __future__ import annotations

from typing import Any

import msgspec

from apps import __version__
from apps.gateway.api.routes import ROUTES, Access, Route
from apps.gateway.http.problem import MEDIA_TYPE, Problem

__all__ = ["document"]

_TEXT = {
    400: "The request is malformed.",
    401: "The caller is not signed in, or the credentials are wrong.",
    403: "Not allowed, or sent by a page of another origin.",
    404: "Not found.",
    409: "Conflict with an existing stream.",
    413: "Too large.",
    415: "This content type is not accepted.",
    422: "Well-formed, but it cannot be done; the detail says why.",
    429: "Too many attempts; Retry-After says how long to wait.",
    500: "The picture cannot be inferred; the detail says why.",
    503: "Not possible at the moment; Retry-After says when to try again.",
    504: "It took too long.",
    507: "The disk space for uploads is used up.",
}


def document() -> dict[str, Any]:
    """The document as plain values."""
    kinds = [Problem, *(route.answer for route in ROUTES if _is_struct(route.answer))]
    kinds += [route.body for route in ROUTES if _is_struct(route.body)]
    _, components = msgspec.json.schema_components(
        dict.fromkeys(kinds), ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Elastic Inference",
            "version": __version__,
            "description": "Streams, tasks, their ledgers, and pictures to infer. Results come "
            "over WebSocket at /<stream id>, pictures with boxes at /<stream id>.mjpg.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "ei_session"},
            },
        },
    }


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.text,
        "responses": _responses(route),
        "security": [] if route.access is Access.EVERYBODY else [{"token": []}, {"cookie": []}],
        "x-role": route.access.value,
    }
    parameters = _parameters(route)
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.body)}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    found = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in route.path.split("/")
        if part.startswith("{")
    ]
    for name, text in route.query.items():
        found.append(
            {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
        )
    if route.changes:
        found.append(
            {
                "name": "X-EI-Request",
                "in": "header",
                "description": "Any value; browsers must send it.",
                "schema": {"type": "string"},
            }
        )
    return found


def _responses(route: Route) -> dict[str, Any]:
    success: dict[str, Any] = {"description": route.status.phrase}
    if route.answer is not None:
        success["content"] = _content(route.answer)
    responses = {str(int(route.status)): success}
    refusals = {*route.refusals, *(() if route.access is Access.EVERYBODY else (401,)), 403}
    for status in sorted(refusals):
        responses[str(status)] = {
            "description": _TEXT[status],
            "content": _content(Problem, MEDIA_TYPE),
        }
    return responses


def _content(kind: Any, media_type: str = "application/json") -> dict[str, Any]:
    if isinstance(kind, str):
        return {kind: {"schema": {"type": "string", "format": "binary"}}}
    if _is_struct(kind):
        return {media_type: {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
    return {media_type: {"schema": {"type": "object"}}}
