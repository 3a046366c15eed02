"""Who may watch which stream."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Protocol

from apps.gateway.auth.authentication import Auth
from apps.gateway.auth.identity import Identity, required
from apps.gateway.http.asgi import RefusedError, Request
from apps.gateway.state.snapshot import Snapshot

__all__ = ["Admission", "Informed"]

#: A gateway that has just started learns within this time which streams there are.
_START_SECONDS = 5.0


class Informed(Protocol):
    """Who knows which streams there are: the housekeeper, or a fake of it."""

    first: asyncio.Event

    @property
    def snapshot(self) -> Snapshot:
        """The latest answers."""


class Admission:
    """Lets viewers to streams, or says why not."""

    def __init__(self, auth: Auth, informed: Informed) -> None:
        self._auth = auth
        self._informed = informed

    async def admit(self, request: Request, stream: str) -> Identity:
        """Who wants to watch the stream.

        Raises:
            RefusedError: 401 if nobody is signed in, 403 if it is not theirs to see, 404 if there
                is no such stream, 503 while that is not known.
        """
        identity = required(await self._auth.identify(request), admin=False)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._informed.first.wait()
        except TimeoutError:
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, "Redis does not answer", retry_after=2
            ) from None
        if stream not in self._informed.snapshot.streams:
            raise RefusedError(HTTPStatus.NOT_FOUND, "there is no such stream (any more)")
        if not identity.may_see(stream):
            raise RefusedError(HTTPStatus.FORBIDDEN, "this stream is not yours to see")
        return identity
