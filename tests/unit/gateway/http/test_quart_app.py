"""Requests and responses: bounded bodies, checked JSON, paths as they were sent."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest
from msgspec import Struct

from apps.gateway.http.problem import ProblemError
from tests.unit.gateway.requests import head, request


class Point(Struct, forbid_unknown_fields=True):
    x: int


JSON = {"content-type": "application/json; charset=utf-8"}


async def test_a_body_is_received_in_pieces() -> None:
    assert await request(body=[b"ab", b"", b"cd"]).read(10) == b"abcd"


async def test_quarts_own_ways_to_read_a_body_work_too() -> None:
    assert await request(body=[b"ab", b"cd"]).get_data() == b"abcd"


async def test_a_body_that_is_announced_as_too_large_is_not_read() -> None:
    announced = request(headers={"content-length": str(500 << 20)}, body=[b"x"])
    with pytest.raises(ProblemError) as problem:
        await announced.read(1 << 20)
    assert problem.value.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert problem.value.headers["Connection"] == "close"


async def test_a_body_of_unknown_length_is_counted_and_never_held() -> None:
    pieces = request(body=[b"x" * 1000] * 1000).chunks(10_000)
    taken = [await anext(pieces) for _ in range(10)]
    with pytest.raises(ProblemError) as problem:
        await anext(pieces)
    assert problem.value.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert sum(map(len, taken)) == 10_000


async def test_a_client_that_leaves_is_noticed() -> None:
    with pytest.raises(ProblemError, match="ended before"):
        await request(body=[]).read(10)


async def test_json_is_decoded() -> None:
    assert await request(headers=JSON, body=[b'{"x": 3}']).read_json(Point) == Point(3)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b'{"x": 3}', 415),
        ({"content-type": "text/plain"}, b'{"x": 3}', 415),
        ({"content-type": "application/x-www-form-urlencoded"}, b"x=3", 415),
        (JSON, b"{", 400),
        (JSON, b"", 400),
        (JSON, b"\xff\xfe", 400),
        (JSON, b'{"x": "3"}', 400),
        (JSON, b'{"x": 3, "y": 4}', 400),
        (JSON, b"[" * 5000, 400),
        (JSON, b" " * (65 << 10), 413),
    ],
)
async def test_invalid_json_is_refused(headers: dict[str, str], body: bytes, status: int) -> None:
    with pytest.raises(ProblemError) as problem:
        await request(headers=headers, body=[body]).read_json(Point)
    assert problem.value.status == status


def test_repeated_headers_are_joined_and_names_are_lower_case() -> None:
    repeated = request()
    repeated.scope["headers"] = [(b"X-A", b"1"), (b"x-a", b"2")]
    assert repeated.head.headers == {"x-a": "1, 2"}


def test_the_path_keeps_its_percent_encoding() -> None:
    assert head("/a%2Fb%3Ac:face?x=%41").path == "/a%2Fb%3Ac:face"


def test_a_problem_has_the_fields_of_rfc_9457_and_the_older_error() -> None:
    problem = ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "Try again", retry_after=0.2)
    assert json.loads(problem.body) == {
        "type": "about:blank", "title": "Service Unavailable", "status": 503,
        "detail": "Try again", "error": "Try again",
    }  # fmt: skip
    assert problem.headers == {"Retry-After": "1"}
