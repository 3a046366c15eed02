"""HTTP as the gateway understands it."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from msgspec import Struct

from apps.gateway.http.asgi import Answer, RefusedError
from tests.unit.gateway.asked import Sent, request


class Point(Struct, forbid_unknown_fields=True):
    x: int


JSON = {"content-type": "application/json; charset=utf-8"}


async def test_a_body_comes_in_pieces() -> None:
    assert await request(body=[b"ab", b"", b"cd"]).body(10) == b"abcd"


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    asked = request(headers={"content-length": str(500 << 20)}, body=[b"x"])
    with pytest.raises(RefusedError) as refusal:
        await asked.body(1 << 20)
    assert refusal.value.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert refusal.value.headers["Connection"] == "close"


async def test_a_body_that_says_nothing_is_counted_and_never_held() -> None:
    pieces = request(body=[b"x" * 1000] * 1000).chunks(10_000)
    taken = [await anext(pieces) for _ in range(10)]
    with pytest.raises(RefusedError) as refusal:
        await anext(pieces)
    assert refusal.value.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert sum(map(len, taken)) == 10_000


async def test_a_client_that_leaves_is_noticed() -> None:
    with pytest.raises(RefusedError, match="ended before"):
        await request(body=[]).body(10)


async def test_json_is_checked() -> None:
    assert await request(headers=JSON, body=[b'{"x": 3}']).json(Point) == Point(3)


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
async def test_anything_but_good_json_is_refused(
    headers: dict[str, str], body: bytes, status: int
) -> None:
    with pytest.raises(RefusedError) as refusal:
        await request(headers=headers, body=[body]).json(Point)
    assert refusal.value.status == status


def test_repeated_headers_are_joined_and_names_are_small() -> None:
    asked = request()
    asked.scope["headers"] = [(b"X-A", b"1"), (b"x-a", b"2")]
    assert asked.headers == {"x-a": "1, 2"}


def test_the_path_keeps_its_percent_encoding() -> None:
    assert request("/a%2Fb%3Ac:face?x=%41").path == "/a%2Fb%3Ac:face"
    assert request("/a?x=%41&y=").query == {"x": "A", "y": ""}


async def test_an_answer_has_its_length_and_kind() -> None:
    sent = Sent()
    await Answer.json({"x": 1}, HTTPStatus.CREATED, {"X-More": "yes"}).send(sent)
    assert (sent.status, sent.body) == (201, b'{"x":1}')
    assert sent.headers == {
        "content-length": "7", "content-type": "application/json", "x-more": "yes",
    }  # fmt: skip


async def test_a_refusal_is_one_sentence_in_json() -> None:
    sent = Sent()
    refusal = RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "come back", retry_after=0.2)
    await Answer.problem(refusal).send(sent)
    assert (sent.status, sent.body) == (503, b'{"error":"come back"}')
    assert sent.headers["retry-after"] == "1"
