"""`/api/session`: the caller's identity, signing in and signing out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from quart import Response

from apps.gateway.api import answers, bodies
from apps.gateway.api.rest_call import RestCall, json_response
from apps.gateway.auth.authentication import Auth
from apps.gateway.auth.identity import Identity
from apps.gateway.http.problem import ProblemError
from apps.gateway.live.viewers import Viewer, Viewers
from apps.gateway.live.websocket import CloseCode
from apps.runtime import cancellation
from apps.runtime.connection import UNREACHABLE

__all__ = ["SessionRoutes"]

_CHECK_SECONDS = 5.0


@dataclass(frozen=True)
class SessionRoutes:
    """Answers the routes of the session."""

    auth: Auth
    viewers: Viewers  #: those of a session are disconnected when it ends

    async def show_session(self, call: RestCall) -> Response:
        """Describe the caller; invalid or expired cookies count as anonymous."""
        try:
            identity = await self.auth.identify(call.request.head)
        except ProblemError as problem:
            if problem.status is HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            identity = None
        return json_response(_describe(identity))

    async def sign_in(self, call: RestCall) -> Response:
        """Exchange a token, or a user's password, for a cookie."""
        sent = await call.request.read_json(bodies.Credentials)
        identity, cookie = await self.auth.sign_in(
            call.request.head, sent.token, sent.user, sent.password
        )
        headers = {"Set-Cookie": self.auth.cookie_header(call.request.head, cookie)}
        return json_response(_describe(identity), headers=headers)

    async def sign_out(self, call: RestCall) -> Response:
        """End the session, and disconnect its viewers."""
        ended = await self.auth.sign_out(call.request.head)
        for viewer in self.viewers.all():
            if ended and viewer.session == ended:
                viewer.disconnect(CloseCode.SIGN_IN)
        headers = {"Set-Cookie": self.auth.cookie_header(call.request.head, "")}
        return Response(b"", HTTPStatus.NO_CONTENT, headers)

    async def check_viewers(self) -> None:
        """Every few seconds, disconnect viewers who may no longer see their stream."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            cancellation.heed()
            for viewer in self.viewers.all():
                if viewer.session:
                    await self._check(viewer)

    async def _check(self, viewer: Viewer) -> None:
        try:
            identity = await self.auth.of_session(viewer.session)
        except UNREACHABLE:
            return  # an unreachable Redis ends no session
        if identity is None:
            viewer.disconnect(CloseCode.SIGN_IN)
        elif not identity.may_see(viewer.stream):
            viewer.disconnect(CloseCode.FORBIDDEN)


def _describe(identity: Identity | None) -> answers.SessionAnswer:
    return answers.SessionAnswer(
        authenticated=identity is not None,
        role=identity.role.value if identity else None,
        user=identity.user if identity else None,
        local=identity.local if identity else False,
    )
