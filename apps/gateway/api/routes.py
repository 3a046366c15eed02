"""Every REST route in one table: for the server, the OpenAPI document and the reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from apps.gateway.api import answers, bodies

__all__ = ["ROUTES", "Access", "Route"]


class Access(StrEnum):
    """The least role that a route requires."""

    EVERYBODY = "everybody"
    VIEWER = "viewer"
    ADMIN = "admin"


@dataclass(frozen=True)
class Route:
    """One route."""

    name: str  #: of the handler's method
    method: str  #: GET, POST, PATCH or DELETE; GET routes answer HEAD too
    #: below the gateway's address; a part in braces stands for one part of a path, with its
    #: percent-encoding
    path: str
    access: Access  #: the least role that it requires
    text: str  #: one sentence
    answer: Any = None  #: struct of a success; a media type for other content; None for no content
    status: HTTPStatus = HTTPStatus.OK  #: of a success
    body: Any = None  #: struct of the request; a media type for other content; None for no body
    query: dict[str, str] = field(default_factory=dict)  #: parameters, each with a sentence
    refusals: tuple[int, ...] = ()  #: statuses of errors beside 401 and 403

    @property
    def changes(self) -> bool:
        """Whether it changes something, so that pages of other origins must not send it."""
        return self.method != "GET"


ROUTES: tuple[Route, ...] = (
    Route("list_streams", "GET", "/api/streams", Access.VIEWER, "Every stream that you may see.",
          answers.StreamList),
    Route("show_stream", "GET", "/api/streams/{id}", Access.VIEWER,
          "One stream and where its frames went.", answers.StreamDetail, refusals=(404,)),
    Route("list_tasks", "GET", "/api/tasks", Access.VIEWER,
          "Every task: queue, jobs, workers, model.", answers.TaskList),
    Route("show_ledger", "GET", "/api/ledger", Access.VIEWER,
          "Where every accepted frame is, or its outcome.", answers.LedgerAnswer),
    Route("show_scaling", "GET", "/api/scaling", Access.VIEWER,
          "The last quarter of an hour of every task, and every scaling decision.",
          answers.Scaling, query={"since": "Only what is later, microseconds of Redis' clock."},
          refusals=(400,)),
    Route("show_document", "GET", "/api/openapi.json", Access.EVERYBODY, "This document.",
          dict[str, Any]),
    Route("show_docs", "GET", "/api/docs", Access.EVERYBODY, "This document as a page.",
          "text/html"),
    Route("show_docs_style", "GET", "/api/docs.css", Access.EVERYBODY, "The style of that page.",
          "text/css"),
    Route("show_session", "GET", "/api/session", Access.EVERYBODY, "The caller's identity.",
          answers.SessionAnswer),
    Route("sign_in", "POST", "/api/session", Access.EVERYBODY,
          "Sign in; the response sets a cookie.", answers.SessionAnswer, body=bodies.Credentials,
          refusals=(400, 413, 415, 429, 503)),
    Route("sign_out", "DELETE", "/api/session", Access.EVERYBODY, "Sign out; the session ends.",
          status=HTTPStatus.NO_CONTENT, refusals=(503,)),
    Route("add_stream", "POST", "/api/streams", Access.ADMIN, "Add a stream.", answers.Added,
          HTTPStatus.CREATED, bodies.StreamConfig, refusals=(400, 409, 413, 415, 422, 503)),
    Route("change_stream", "PATCH", "/api/streams/{id}", Access.ADMIN,
          "Change or pause a stream (all its tasks); a source without its password keeps it.",
          answers.StreamDetail, body=bodies.StreamChange,
          refusals=(400, 404, 409, 413, 415, 422, 503)),
    Route("remove_stream", "DELETE", "/api/streams/{id}", Access.ADMIN,
          "Stop a stream (all its tasks) and forget it.", status=HTTPStatus.NO_CONTENT,
          refusals=(404, 409, 503)),
    Route("try_stream", "POST", "/api/streams/try", Access.ADMIN,
          "One picture of an address, and what each task detects in it.", answers.Trial,
          body=bodies.StreamConfig, refusals=(400, 413, 415, 422, 503)),
    Route("upload_video", "POST", "/api/uploads", Access.ADMIN, "Upload a video to stream it.",
          answers.Uploaded, HTTPStatus.CREATED, "video/*", {"name": "File name."},
          refusals=(400, 413, 415, 507)),
    Route("infer", "POST", "/api/infer/{task}", Access.VIEWER, "What a task detects in a picture.",
          answers.Inference, body="image/jpeg", refusals=(400, 404, 413, 415, 422, 503, 504)),
    Route("list_dead_letters", "GET", "/api/tasks/{task}/dead-letters", Access.ADMIN,
          "Jobs that were given up, newest first.", answers.DeadLetterList,
          query={"limit": "Letters at most, 1 to 100; 20 by default.",
                 "before": "Only letters older than this id: the next page."},
          refusals=(400, 404, 503)),
    Route("show_dead_letter_picture", "GET", "/api/tasks/{task}/dead-letters/{id}/picture",
          Access.ADMIN, "The picture of a job that was given up.", "image/jpeg",
          refusals=(404, 503)),
    Route("retry_dead_letter", "POST", "/api/tasks/{task}/dead-letters/{id}/retry", Access.ADMIN,
          "Infer the picture again; the letter is discarded when a result comes.",
          answers.Inference, refusals=(404, 413, 422, 500, 503, 504)),
    Route("discard_dead_letter", "DELETE", "/api/tasks/{task}/dead-letters/{id}", Access.ADMIN,
          "Delete a dead letter.", status=HTTPStatus.NO_CONTENT, refusals=(404, 503)),
)  # fmt: skip
