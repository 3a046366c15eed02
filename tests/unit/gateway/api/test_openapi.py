"""The OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

from apps.gateway.api import openapi
from apps.gateway.api.routes import ROUTES
from apps.pipeline.messages import wire


def document() -> Any:
    return json.loads(wire.to_json(openapi.document()))


def references(value: Any) -> set[str]:
    """Every `$ref` anywhere in it."""
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*(references(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(references(item) for item in value))
    return set()


def test_every_route_is_in_it() -> None:
    paths = document()["paths"]
    for route in ROUTES:
        operation = paths[route.path][route.method.lower()]
        assert operation["operationId"] == route.name
        assert str(int(route.status)) in operation["responses"]


def test_every_reference_leads_somewhere() -> None:
    found = document()
    schemas = {f"#/components/schemas/{name}" for name in found["components"]["schemas"]}
    assert references(found) <= schemas


def test_parts_of_a_path_are_parameters() -> None:
    operation = document()["paths"]["/api/streams/{id}"]["get"]
    assert [(item["name"], item["in"]) for item in operation["parameters"]] == [("id", "path")]


def test_fields_have_their_sentences() -> None:
    stream = document()["components"]["schemas"]["Stream"]["properties"]
    assert "credentials" in stream["source"]["description"]


def test_errors_have_their_shape() -> None:
    answer = document()["paths"]["/api/infer/{task}"]["post"]["responses"]["503"]
    assert answer["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
