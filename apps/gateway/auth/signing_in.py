"""`/api/session`: who you are, signing in and signing out."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from apps.gateway.api import answers, bodies
from apps.gateway.auth.authentication import Auth
from apps.gateway.auth.identity import Identity
from apps.gateway.http.app import Call
from apps.gateway.http.asgi import Answer, RefusedError
from apps.gateway.live.viewers import Viewer, Viewers
from apps.gateway.live.websocket import CloseCode
from apps.runtime import cancellation
from apps.runtime.connection import UNREACHABLE

__all__ = ["SigningIn"]

_LOOK_SECONDS = 5.0


class SigningIn:
    """Answers the routes of the session.

    Args:
        auth: who may come in.
        viewers: those of a session leave with it.
    """

    def __init__(self, auth: Auth, viewers: Viewers) -> None:
        self._auth = auth
        self._viewers = viewers

    async def show(self, call: Call) -> Answer:
        """Who asks; a wrong or old cookie is nobody's."""
        try:
            identity = await self._auth.identify(call.request)
        except RefusedError as refusal:
            if refusal.status is HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            identity = None
        return Answer.json(_describe(identity))

    async def sign_in(self, call: Call) -> Answer:
        """Exchange a token, or a user's password, for a cookie."""
        asked = await call.request.json(bodies.Credentials)
        identity, cookie = await self._auth.sign_in(
            call.request, asked.token, asked.user, asked.password
        )
        headers = {"Set-Cookie": self._auth.cookie_header(call.request, cookie)}
        return Answer.json(_describe(identity), headers=headers)

    async def sign_out(self, call: Call) -> Answer:
        """End the session, and let its viewers go."""
        ended = await self._auth.sign_out(call.request)
        for viewer in self._viewers.everybody():
            if ended and viewer.session == ended:
                viewer.send_away(CloseCode.SIGN_IN)
        headers = {"Set-Cookie": self._auth.cookie_header(call.request, "")}
        return Answer(status=HTTPStatus.NO_CONTENT, headers=headers)

    async def watch(self) -> None:
        """Every few seconds, let those viewers go who may not see their stream any more."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            cancellation.heed()
            for viewer in self._viewers.everybody():
                if viewer.session:
                    await self._look_at(viewer)

    async def _look_at(self, viewer: Viewer) -> None:
        try:
            identity = await self._auth.of_session(viewer.session)
        except UNREACHABLE:
            return  # nobody is signed out by a silent Redis
        if identity is None:
            viewer.send_away(CloseCode.SIGN_IN)
        elif not identity.may_see(viewer.stream):
            viewer.send_away(CloseCode.NOT_YOURS)


def _describe(identity: Identity | None) -> answers.SessionAnswer:
    return answers.SessionAnswer(
        authenticated=identity is not None,
        role=identity.role.value if identity else None,
        user=identity.user if identity else None,
        local=identity.local if identity else False,
    )
