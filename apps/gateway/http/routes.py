"""Every REST route, in one table: what is matched, who may ask, and what the document says."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from apps.gateway.api import answers, bodies
from apps.gateway.http.asgi import RefusedError

__all__ = ["ROUTES", "Route", "Who", "match"]


class Who(StrEnum):
    """Who may ask."""

    EVERYBODY = "everybody"
    VIEWER = "viewer"
    ADMIN = "admin"


@dataclass(frozen=True)
class Route:
    """One route.

    Attributes:
        name: of the function that answers.
        method: GET, POST, PATCH or DELETE.
        path: below the gateway's address; a part in braces stands for one part of a path, as it
            was sent (a stream id keeps its percent-encoding).
        who: may ask.
        text: one sentence.
        answer: what a success answers; None for nothing.
        status: of a success.
        body: what is sent; None for nothing; a media type for bytes.
        query: parameters, each with a sentence.
        refusals: statuses of errors beside 401 and 403.
        instant: answered from memory, by Flask.
    """

    name: str
    method: str
    path: str
    who: Who
    text: str
    answer: Any = None
    status: HTTPStatus = HTTPStatus.OK
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    instant: bool = False

    @property
    def changes(self) -> bool:
        """Whether asking changes something, so that a foreign page must not be able to."""
        return self.method != "GET"


ROUTES: tuple[Route, ...] = (
    Route("list_streams", "GET", "/api/streams", Who.VIEWER, "Every stream that you may see.",
          answers.StreamList, instant=True),
    Route("show_stream", "GET", "/api/streams/{id}", Who.VIEWER,
          "One stream and where its frames went.", answers.StreamDetail, refusals=(404,),
          instant=True),
    Route("list_tasks", "GET", "/api/tasks", Who.VIEWER, "Every task: queue, jobs, workers, model.",
          answers.TaskList, instant=True),
    Route("show_ledger", "GET", "/api/ledger", Who.VIEWER,
          "Where every frame is that a queue accepted, or what became of it.",
          answers.LedgerAnswer, instant=True),
    Route("show_scaling", "GET", "/api/scaling", Who.VIEWER,
          "The last quarter of an hour of every task, and every scaling decision.",
          answers.Scaling, query={"since": "Only what is later, microseconds of Redis' clock."},
          refusals=(400,), instant=True),
    Route("show_document", "GET", "/api/openapi.json", Who.EVERYBODY, "This document.",
          dict[str, Any], instant=True),
    Route("show_session", "GET", "/api/session", Who.EVERYBODY, "Who you are.",
          answers.SessionAnswer),
    Route("sign_in", "POST", "/api/session", Who.EVERYBODY,
          "Sign in; the answer sets a cookie.", answers.SessionAnswer, body=bodies.Credentials,
          refusals=(400, 413, 415, 429, 503)),
    Route("sign_out", "DELETE", "/api/session", Who.EVERYBODY, "Sign out; the session ends.",
          status=HTTPStatus.NO_CONTENT, refusals=(503,)),
    Route("add_stream", "POST", "/api/streams", Who.ADMIN, "Add a stream.", answers.Added,
          HTTPStatus.CREATED, bodies.StreamConfig, refusals=(400, 409, 413, 415, 422, 503)),
    Route("change_stream", "PATCH", "/api/streams/{id}", Who.ADMIN,
          "Change or pause a stream (all its tasks); a source without its password keeps it.",
          answers.StreamDetail, body=bodies.StreamChange,
          refusals=(400, 404, 409, 413, 415, 422, 503)),
    Route("remove_stream", "DELETE", "/api/streams/{id}", Who.ADMIN,
          "Stop a stream (all its tasks) and forget it.", status=HTTPStatus.NO_CONTENT,
          refusals=(404, 409, 503)),
    Route("try_stream", "POST", "/api/streams/try", Who.ADMIN,
          "One picture of an address, and what each task sees in it.", answers.Trial,
          body=bodies.StreamConfig, refusals=(400, 413, 415, 422, 503)),
    Route("upload_video", "POST", "/api/uploads", Who.ADMIN, "Upload a video to stream it.",
          answers.Uploaded, HTTPStatus.CREATED, "video/*", {"name": "File name."},
          refusals=(400, 413, 415, 507)),
    Route("infer", "POST", "/api/infer/{task}", Who.VIEWER, "What a task sees in a picture.",
          answers.Inference, body="image/jpeg", refusals=(400, 404, 413, 415, 422, 503, 504)),
)  # fmt: skip


def match(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a request, and the parts of its path that stand in braces.

    Args:
        method: of the request; HEAD is answered as GET.
        path: as it was sent, percent-encoding untouched.

    Raises:
        RefusedError: 404, or 405 with the methods that there are.
    """
    wanted = "GET" if method == "HEAD" else method
    parts = path.split("/")
    allowed = set()
    for route in sorted(ROUTES, key=lambda route: "{" in route.path):
        found = _fill(route.path.split("/"), parts)
        if found is None:
            continue
        if route.method == wanted:
            return route, found
        allowed.add(route.method)
    if not allowed:
        raise RefusedError(HTTPStatus.NOT_FOUND, "there is nothing here: see /api/openapi.json")
    refusal = RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"{method} is not possible here")
    refusal.headers["Allow"] = ", ".join(sorted(allowed))
    raise refusal


def _fill(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(parts):
        return None
    found = {}
    for expected, part in zip(pattern, parts, strict=True):
        if expected.startswith("{") and part:
            found[expected[1:-1]] = part
        elif expected != part:
            return None
    return found
