"""Which route a request has."""

from __future__ import annotations

import pytest

from apps.gateway.http.asgi import RefusedError
from apps.gateway.http.routes import ROUTES, Who, match


@pytest.mark.parametrize(
    ("method", "path", "name", "parts"),
    [
        ("GET", "/api/streams", "list_streams", {}),
        ("HEAD", "/api/streams", "list_streams", {}),
        ("GET", "/api/streams/hall:face", "show_stream", {"id": "hall:face"}),
        ("GET", "/api/streams/a%2Fb%3Ac:face", "show_stream", {"id": "a%2Fb%3Ac:face"}),
        ("GET", "/api/streams/try", "show_stream", {"id": "try"}),
        ("POST", "/api/streams/try", "try_stream", {}),
        ("DELETE", "/api/streams/hall:face", "remove_stream", {"id": "hall:face"}),
        ("POST", "/api/infer/face", "infer", {"task": "face"}),
    ],
)
def test_a_request_has_one_route(method: str, path: str, name: str, parts: dict[str, str]) -> None:
    route, found = match(method, path)
    assert (route.name, found) == (name, parts)


@pytest.mark.parametrize(
    "path",
    ["/api/", "/api/nothing", "/api/streams/", "/api/streams/a/b", "/api//streams", "/api/infer/",
     "/api/%73treams", "/api/../api/streams/x/y"],
)  # fmt: skip
def test_other_paths_have_none(path: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        match("GET", path)
    assert refusal.value.status == 404


def test_another_method_is_told_which_there_are() -> None:
    with pytest.raises(RefusedError) as refusal:
        match("PUT", "/api/streams/hall:face")
    assert refusal.value.status == 405
    assert refusal.value.headers["Allow"] == "DELETE, GET, PATCH"


def test_whatever_changes_streams_is_for_admins() -> None:
    changing = {route.name for route in ROUTES if route.who is Who.ADMIN}
    assert changing == {
        "add_stream", "change_stream", "remove_stream", "try_stream", "upload_video",
    }  # fmt: skip


def test_what_everybody_may_ask_is_known() -> None:
    open_to_all = {route.name for route in ROUTES if route.who is Who.EVERYBODY}
    assert open_to_all == {"show_session", "sign_in", "sign_out", "show_document"}
