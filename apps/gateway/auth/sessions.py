"""Signed-in browsers, in Redis, so that they survive a gateway and are known to all of them.

The cookie is a random number; Redis has its SHA-256 only. What was found is believed for a few
seconds, and for longer while Redis is silent; and when Redis comes back without its data, the
sessions that a gateway remembers are written down again: a restart of Redis signs nobody out.
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

_BELIEVED_SECONDS = 5.0
_REMEMBERED = 4096


class Session(Struct, frozen=True, kw_only=True):
    """One signed-in browser.

    Attributes:
        user: name in the users file; None if it came with the token.
        fingerprint: of the credentials, as they were then.
    """

    user: str | None
    fingerprint: str


def digest(cookie: str) -> str:
    """Under which a session is kept."""
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()


class Sessions:
    """Opens, finds and ends sessions.

    Args:
        redis: where they are kept.
        seconds: how long one lasts.
    """

    def __init__(self, redis: Redis, seconds: float) -> None:
        self._redis = redis
        self._seconds = seconds
        self._found: OrderedDict[str, tuple[Session | None, float]] = OrderedDict()

    @property
    def seconds(self) -> int:
        """How long a session lasts."""
        return int(self._seconds)

    async def open(self, session: Session) -> str:
        """A new session's cookie.

        Raises:
            redis.RedisError: Redis did not answer.
        """
        cookie = secrets.token_urlsafe(32)
        key = keys.session(digest(cookie))
        await self._store(key, session)
        return cookie

    async def find(self, key: str) -> Session | None:
        """The session of that digest, or None.

        Raises:
            redis.RedisError: Redis did not answer, and nothing is remembered.
        """
        remembered = self._found.get(key)
        now = time.monotonic()
        if remembered and now - remembered[1] < _BELIEVED_SECONDS:
            return remembered[0]
        try:
            message: Any = await self._redis.get(keys.session(key))
        except UNREACHABLE:
            if remembered is None or remembered[0] is None:
                raise
            return remembered[0]
        session = _read(message)
        if session is None and remembered is not None and remembered[0] is not None:
            session = await self._restored(key, remembered[0])
        self._found[key] = (session, now)
        self._found.move_to_end(key)
        while len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)
        return session

    async def _restored(self, key: str, session: Session) -> Session | None:
        """The session, if it is missing because Redis lost everything; None if it has ended."""
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
        """End the session of that digest.

        Raises:
            redis.RedisError: Redis did not answer.
        """
        await self._redis.delete(keys.session(key))
        self._found[key] = (None, time.monotonic())


def _read(message: Any) -> Session | None:
    if message is None:
        return None
    try:
        return wire.decode(Session, message)
    except WireError:
        return None
