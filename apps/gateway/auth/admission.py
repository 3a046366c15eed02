"""Decides who may watch which stream."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.gateway.auth.authentication import Auth
from apps.gateway.auth.identity import Identity, required
from apps.gateway.http.problem import ProblemError
from apps.gateway.http.request_head import RequestHead

if TYPE_CHECKING:
    from apps.gateway.state.current_state import CurrentState

__all__ = ["Admission"]

#: A gateway that has just started knows the streams within this time.
_START_SECONDS = 5.0


@dataclass(frozen=True)
class Admission:
    """Admits viewers to streams, or refuses them with a reason."""

    auth: Auth
    state: CurrentState

    async def admit(self, head: RequestHead, stream: str) -> Identity:
        """The identity of a caller who may watch the stream.

        Raises:
            ProblemError: 401 if the caller is not signed in, 403 if they may not see the stream,
                404 if it does not exist, 503 while the streams are not known.
        """
        identity = required(await self.auth.identify(head), admin=False)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self.state.first.wait()
        except TimeoutError:
            raise ProblemError(503, "Redis does not respond", retry_after=2) from None
        if stream not in self.state.snapshot.streams:
            raise ProblemError(404, "The stream does not exist or was removed")
        if not identity.may_see(stream):
            raise ProblemError(403, "You may not see this stream")
        return identity
