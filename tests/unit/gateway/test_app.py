"""The application: which handler a request reaches, and how everything else is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from quart import Response
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.gateway.api.rest_call import Handler, RestCall
from apps.gateway.api.routes import ROUTES
from apps.gateway.app import Gateway
from apps.gateway.auth.authentication import Auth
from apps.gateway.auth.sessions import Sessions
from apps.gateway.auth.sign_in_methods import SignInMethods
from apps.gateway.http.pages import load_pages
from apps.gateway.http.quart_app import GatewayRequest
from apps.gateway.live.mjpeg import MjpegView
from apps.gateway.live.websocket import ViewerSocket
from apps.runtime.metrics import Metrics


class Mjpeg:
    """Answers with the requested stream."""

    async def show(self, request: GatewayRequest, stream: str) -> Response:
        del request
        return Response(f"mjpeg {stream}")


def handler(name: str) -> Handler:
    async def handle(call: RestCall) -> Response:
        if "crash" in call.parts.values():
            raise ValueError("broken")
        if "down" in call.parts.values():
            raise RedisConnectionError("no route")
        return Response(json.dumps([name, *call.parts.values()]))

    return handle


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def app(tmp_path: Path, metrics: Metrics) -> Gateway:
    auth = Auth(SignInMethods(), Sessions(cast(Any, None), 60))
    handlers = [SimpleNamespace(**{route.name: handler(route.name)}) for route in ROUTES]
    pages = load_pages(str(tmp_path))
    view, socket = cast(MjpegView, Mjpeg()), cast(ViewerSocket, None)
    return Gateway(auth, pages, handlers, view, socket, metrics)


class Sent:
    """A response as it was sent."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def __call__(self, message: Any) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status

    @property
    def headers(self) -> Mapping[str, str]:
        pairs = self.messages[0]["headers"]
        return {name.decode().lower(): value.decode() for name, value in pairs}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.messages[1:])


async def ask(app: Gateway, method: str, path: str, host: bytes = b"localhost") -> Sent:
    sent = Sent()

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http",
        "path": "/decoded", "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"host", host)], "client": ("127.0.0.1", 5000),
    }  # fmt: skip
    await app(scope, receive, sent)
    return sent


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/api/streams", ["list_streams"]),
        ("HEAD", "/api/streams", ["list_streams"]),
        ("GET", "/api/streams/hall:face", ["show_stream", "hall:face"]),
        ("GET", "/api/streams/a%2Fb%3Ac:face", ["show_stream", "a%2Fb%3Ac:face"]),
        ("GET", "/api/streams/Cam%20(1):face", ["show_stream", "Cam%20(1):face"]),
        ("GET", "/api/streams/%D1%84:face", ["show_stream", "%D1%84:face"]),
        ("GET", "/api/streams/try", ["show_stream", "try"]),
        ("POST", "/api/streams/try", ["try_stream"]),
        ("DELETE", "/api/streams/hall:face", ["remove_stream", "hall:face"]),
        ("POST", "/api/infer/face", ["infer", "face"]),
        ("POST", "/api/tasks/face/dead-letters/1-0/retry", ["retry_dead_letter", "face", "1-0"]),
    ],
)
async def test_a_request_reaches_one_handler_with_its_path_as_it_was_sent(
    app: Gateway, method: str, path: str, found: list[str]
) -> None:
    sent = await ask(app, method, path)
    assert sent.status == 200
    assert json.loads(sent.body) == found


async def test_an_encoded_stream_id_has_its_mjpeg(app: Gateway) -> None:
    assert (await ask(app, "GET", "/a%2Fb%3Ac%20d:face.mjpg")).body == b"mjpeg a%2Fb%3Ac%20d:face"


@pytest.mark.parametrize(
    "path",
    ["/api/", "/api/nothing", "/api/streams/", "/api/streams/a/b", "/api//streams", "/api/infer/",
     "/api/%73treams", "/api/../api/streams/x/y", "/api/streams/%2F/x"],
)  # fmt: skip
async def test_other_paths_are_not_found(app: Gateway, path: str) -> None:
    sent = await ask(app, "GET", path)
    assert sent.status == 404
    assert "/api/docs" in json.loads(sent.body)["detail"]
    assert sent.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "POST"])
async def test_another_method_is_refused_with_the_possible_ones(app: Gateway, method: str) -> None:
    sent = await ask(app, method, "/api/streams/hall:face")
    assert sent.status == 405
    assert set(sent.headers["allow"].split(", ")) == {"DELETE", "GET", "HEAD", "PATCH"}


async def test_an_unexpected_error_is_logged_and_counted_but_not_shown(
    app: Gateway, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    sent = await ask(app, "GET", "/api/streams/crash")
    assert sent.status == 500
    assert b"broken" not in sent.body
    assert "broken" in caplog.text
    assert metrics.counter("ei_service_errors_total", "gateway")._value.get() == 1


async def test_an_unreachable_redis_is_a_503_that_says_when_to_try_again(app: Gateway) -> None:
    sent = await ask(app, "GET", "/api/streams/down")
    assert (sent.status, sent.headers["retry-after"]) == (503, "2")
    assert b"no route" not in sent.body


@pytest.mark.parametrize("host", [b"evil.example", b"\xe9", b"[::1", b"", b"a" * 300, b"x:y:z"])
async def test_another_host_is_refused_on_every_path(app: Gateway, host: bytes) -> None:
    for path in ("/", "/api/streams", "/nothing", "/hall:face.mjpg"):
        sent = await ask(app, "GET", path, host)
        assert sent.status == 403
        assert "frame-ancestors 'none'" in sent.headers["content-security-policy"]


async def test_requests_are_counted_by_route_not_by_path(app: Gateway, metrics: Metrics) -> None:
    for path in ("/api/streams/a:face", "/api/streams/b:face", "/", "/nothing", "/a:face.mjpg"):
        await ask(app, "GET", path)
    counted = {
        (sample.labels["route"], sample.labels["status"]): sample.value
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "ei_http_requests_total"
    }
    assert counted == {
        ("/api/streams/{id}", "200"): 2, ("page", "200"): 1, ("page", "404"): 1,
        ("/{id}.mjpg", "200"): 1,
    }  # fmt: skip
