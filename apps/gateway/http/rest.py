"""REST calls that answer at once, from memory: Flask, in the threads of a2wsgi.

Nothing here waits for Redis or for anybody else. Stream ids are matched as they were sent: the
ASGI side hands the path over with its percent-encoding.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Protocol

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from apps.gateway.api import answers
from apps.gateway.auth.identity import Identity
from apps.gateway.http import openapi
from apps.gateway.http.asgi import RefusedError
from apps.gateway.http.routes import ROUTES
from apps.gateway.state.scaling_history import ScalingHistory
from apps.gateway.state.snapshot import Snapshot
from apps.pipeline.messages import wire

__all__ = ["IDENTITY", "Known", "make_flask"]

#: Where the ASGI side leaves the identity in the scope.
IDENTITY = "ei.identity"


class Known(Protocol):
    """What the answers are made from: the housekeeper, or a fake of it."""

    @property
    def snapshot(self) -> Snapshot:
        """The latest answers."""

    def now(self) -> int:
        """Microseconds of Redis' clock, at this very moment."""

    @property
    def history(self) -> ScalingHistory:
        """The last quarter of an hour."""

    async def refresh(self) -> None:
        """Wait until the answers know what was just written."""


def make_flask(known: Known) -> Flask:
    """The WSGI application of the instant routes."""
    app = Flask("gateway", static_folder=None)
    answering = _Answering(known)
    for route in ROUTES:
        if route.instant:
            rule = route.path.replace("{id}", "<path:identity>")
            app.add_url_rule(
                rule, route.name, getattr(answering, route.name), methods=[route.method]
            )
    app.register_error_handler(HTTPException, _problem)
    app.register_error_handler(RefusedError, _refused)
    return app


class _Answering:
    def __init__(self, known: Known) -> None:
        self._known = known
        self._document = wire.to_json(openapi.document())

    def list_streams(self) -> Response:
        snapshot, who = self._known.snapshot, _who()
        visible = [stream for stream in snapshot.streams.values() if who.may_see(stream.id)]
        return _json(
            answers.StreamList(now=self._known.now(), problem=snapshot.problem, streams=visible)
        )

    def show_stream(self, identity: str) -> Response:
        who = _who()
        detail = self._known.snapshot.detail(identity, admin=who.admin)
        if detail is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "there is no such stream (any more)")
        if not who.may_see(identity):
            raise RefusedError(HTTPStatus.FORBIDDEN, "this stream is not yours to see")
        return _json(msgspec.structs.replace(detail, now=self._known.now()))

    def list_tasks(self) -> Response:
        tasks = list(self._known.snapshot.tasks.values())
        return _json(answers.TaskList(now=self._known.now(), tasks=tasks))

    def show_ledger(self) -> Response:
        return _json(self._known.snapshot.ledger(_who().may_see))

    def show_scaling(self) -> Response:
        text = request.args.get("since", "0")
        if not (text.isascii() and text.isdigit()):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "since is a whole number of microseconds")
        return _json(self._known.history.since(int(text), self._known.snapshot))

    def show_document(self) -> Response:
        return Response(self._document, mimetype="application/json")


def _who() -> Identity:
    identity: Identity = request.environ["asgi.scope"][IDENTITY]
    return identity


def _json(answer: object) -> Response:
    return Response(wire.to_json(answer), mimetype="application/json")


def _problem(error: HTTPException) -> Response:
    body = wire.to_json(answers.Problem(error.description or error.name))
    return Response(body, error.code or 500, mimetype="application/json")


def _refused(error: RefusedError) -> Response:
    body = wire.to_json(answers.Problem(str(error)))
    return Response(body, error.status, error.headers, mimetype="application/json")
