"""Sessions of signed-in browsers, kept in Redis: shared by all gateways, and kept over restarts.

The cookie is a random number; Redis stores its SHA-256 only. A gateway caches a session for a few
seconds, and for longer while Redis does not respond. When Redis has lost its data, gateways write
the sessions that they have cached back: a restart of Redis signs no user out.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from apps.pipeline import keys
from apps.pipeline.messages import wire
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["Session", "Sessions", "digest"]

_CACHED_SECONDS = 5.0
_MAX_CACHED = 4096


class Session(Struct, frozen=True, kw_only=True):
    """One signed-in browser."""

    user: str | None  #: name in the users file; None for the token
    fingerprint: str  #: of the credentials at sign-in


def digest(cookie: str) -> str:
    """The id of a session, from its cookie."""
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()


class Sessions:
    """Creates, finds and ends sessions, which last that many seconds.

    All methods raise `redis.RedisError` if Redis does not respond.
    """

    def __init__(self, redis: Redis, seconds: float) -> None:
        self._redis = redis
        self.seconds = int(seconds)
        self._found: OrderedDict[str, tuple[Session | None, float]] = OrderedDict()

    async def open(self, session: Session) -> str:
        """A new session's cookie."""
        cookie = secrets.token_urlsafe(32)
        await self._store(keys.session(digest(cookie)), session)
        return cookie

    async def find(self, key: str) -> Session | None:
        """The session of that digest, or None; Redis need not respond while it is cached."""
        cached = self._found.get(key)
        now = time.monotonic()
        if cached and now - cached[1] < _CACHED_SECONDS:
            return cached[0]
        try:
            message: Any = await self._redis.get(keys.session(key))
        except UNREACHABLE:
            if cached is None or cached[0] is None:
                raise
            return cached[0]
        session = _read(message)
        if session is None and cached is not None and cached[0] is not None:
            session = await self._restored(key, cached[0])
        self._found[key] = (session, now)
        self._found.move_to_end(key)
        while len(self._found) > _MAX_CACHED:
            self._found.popitem(last=False)
        return session

    async def _restored(self, key: str, session: Session) -> Session | None:
        """The session, written back if Redis has lost its data; None if the session has ended."""
        if await self._redis.exists(keys.SESSIONS):
            return None
        await self._store(keys.session(key), session)
        return session

    async def _store(self, key: str, session: Session) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(key, wire.encode(session), ex=max(1, self.seconds))
        pipeline.set(keys.SESSIONS, 1)
        await pipeline.execute()

    async def end(self, key: str) -> None:
        """End the session of that digest."""
        await self._redis.delete(keys.session(key))
        self._found[key] = (None, time.monotonic())


def _read(message: Any) -> Session | None:
    if message is None:
        return None
    try:
        return wire.decode(Session, message)
    except WireError:
        return None
