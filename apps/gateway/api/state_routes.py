"""Routes that answer from memory: streams, tasks, ledger, scaling, and the description of all."""

from __future__ import annotations

import msgspec
from quart import Response, render_template

from apps.gateway.api import answers, openapi
from apps.gateway.api.rest_call import RestCall, json_response
from apps.gateway.http.problem import ProblemError
from apps.gateway.state.current_state import CurrentState

__all__ = ["StateRoutes"]


class StateRoutes:
    """Answers the routes that only read."""

    def __init__(self, state: CurrentState) -> None:
        self._state = state
        self._document = openapi.document()

    async def list_streams(self, call: RestCall) -> Response:
        """`GET /api/streams`."""
        snapshot = self._state.snapshot
        visible = [
            stream for stream in snapshot.streams.values() if call.identity.may_see(stream.id)
        ]
        return json_response(
            answers.StreamList(now=self._state.now(), problem=snapshot.problem, streams=visible)
        )

    async def show_stream(self, call: RestCall) -> Response:
        """`GET /api/streams/<id>`."""
        identity = call.parts["id"]
        detail = self._state.snapshot.detail(identity, admin=call.identity.admin)
        if detail is None:
            raise ProblemError(404, "The stream does not exist or was removed")
        if not call.identity.may_see(identity):
            raise ProblemError(403, "You may not see this stream")
        return json_response(msgspec.structs.replace(detail, now=self._state.now()))

    async def list_tasks(self, _: RestCall) -> Response:
        """`GET /api/tasks`."""
        tasks = list(self._state.snapshot.tasks.values())
        return json_response(answers.TaskList(now=self._state.now(), tasks=tasks))

    async def show_ledger(self, call: RestCall) -> Response:
        """`GET /api/ledger`."""
        return json_response(self._state.snapshot.ledger(call.identity.may_see))

    async def show_scaling(self, call: RestCall) -> Response:
        """`GET /api/scaling`."""
        text = call.request.args.get("since", "0")
        if not (text.isascii() and text.isdigit()):
            raise ProblemError(400, "Send `since` as a whole number of microseconds")
        return json_response(self._state.history.since(int(text), self._state.snapshot))

    async def show_document(self, _: RestCall) -> Response:
        """`GET /api/openapi.json`."""
        return json_response(self._document)

    async def show_docs(self, _: RestCall) -> Response:
        """`GET /api/docs`."""
        page = await render_template("docs.html", document=self._document)
        return Response(page, content_type="text/html; charset=utf-8")

    async def show_docs_style(self, _: RestCall) -> Response:
        """`GET /api/docs.css`."""
        style = await render_template("docs.css")
        return Response(style, content_type="text/css; charset=utf-8")
