"""Who may come in.

A gateway that listens on loopback, and for which no token and no users are configured, lets in
whoever asks from this machine under a name of this machine: a page from elsewhere that points its
own name here (DNS rebinding) is refused, and so is what a proxy passes on. Every other gateway
wants a token or a user's password; a browser gets a cookie for it.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from urllib.parse import urlsplit

from apps.gateway.auth.attempts import Attempts
from apps.gateway.auth.doors import Doors, is_loopback
from apps.gateway.auth.identity import LOCAL, TOKEN, Identity
from apps.gateway.auth.sessions import Session, Sessions, digest
from apps.gateway.auth.users import User
from apps.gateway.http.asgi import RefusedError, Request
from apps.gateway.passwords import matches
from apps.runtime.connection import UNREACHABLE

__all__ = ["COOKIE", "Auth"]

COOKIE = "ei_session"
#: One of these comes with whatever a browser sends to change something.
_BROWSER = ("cookie", "origin", "sec-fetch-site", "sec-fetch-mode")
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
#: Password checks that wait at most: each takes 64 MiB and 50 ms of a core.
_CHECKS_WAITING = 8


class Auth:
    """Lets people in, or says why not."""

    def __init__(self, doors: Doors, sessions: Sessions, origins: tuple[str, ...] = ()) -> None:
        self._doors = doors
        self._sessions = sessions
        self._origins = {origin.lower().rstrip("/") for origin in origins}
        self._attempts = Attempts()
        self._checks = ThreadPoolExecutor(1, thread_name_prefix="password")
        self._checking = 0

    def check_host(self, request: Request) -> None:
        """Refuse names that are not this machine's while everybody on it is let in.

        Raises:
            RefusedError: 403.
        """
        if self._doors.open and not self._is_local(request):
            raise RefusedError(
                HTTPStatus.FORBIDDEN,
                "this gateway serves this machine only: ask it as localhost, or configure a token",
            )

    def check_origin(self, request: Request) -> None:
        """Refuse what a page of another origin asks for.

        Raises:
            RefusedError: 403.
        """
        origin = request.headers.get("origin")
        if origin is None:
            if request.headers.get("sec-fetch-site", "none") in {"cross-site", "same-site"}:
                raise _foreign()
            return
        own = origin.partition("://")[2].lower() == request.headers.get("host", "").lower()
        if not own and origin.lower() not in self._origins:
            raise _foreign()

    def check_intent(self, request: Request) -> None:
        """Refuse changes that a form of another page could have sent.

        A browser says that it is one; what it sends needs a header that no form can have.

        Raises:
            RefusedError: 403.
        """
        self.check_origin(request)
        browser = any(name in request.headers for name in _BROWSER)
        if browser and "x-ei-request" not in request.headers:
            raise RefusedError(HTTPStatus.FORBIDDEN, "send the header `X-EI-Request: 1` with it")

    async def identify(self, request: Request) -> Identity | None:
        """Who asks, or None.

        Raises:
            RefusedError: 401 for a wrong token, 429 after too many, 503 while Redis is silent.
        """
        if self._doors.open:
            return LOCAL
        authorization = request.headers.get("authorization", "")
        kind, _, token = authorization.partition(" ")
        if kind.lower() == "bearer":
            return self._bearer(request, token.strip())
        cookie = _cookie(request)
        if not cookie:
            return None
        try:
            return await self.of_session(digest(cookie))
        except UNREACHABLE as error:
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, "Redis does not answer", retry_after=2
            ) from error

    async def of_session(self, key: str) -> Identity | None:
        """Whose session that is; None if it ended, or the credentials changed since.

        Raises:
            redis.RedisError: Redis did not answer, and nothing is remembered.
        """
        session = await self._sessions.find(key)
        if session is None:
            return None
        if session.user is None:
            valid = self._doors.token and session.fingerprint == self._doors.fingerprint
            return Identity(TOKEN.role, session=key) if valid else None
        user = self._doors.users.get(session.user)
        if user is None or user.fingerprint != session.fingerprint:
            return None
        return Identity(user.role, user.name, user.streams, session=key)

    async def sign_in(
        self, request: Request, token: str | None, user: str | None, password: str | None
    ) -> tuple[Identity, str]:
        """Who it is, and the cookie by which they are known from now on.

        Raises:
            RefusedError: 400 for neither, 401 when wrong, 429 after too many failures.
            redis.RedisError: Redis did not answer.
        """
        self._check_attempts(request)
        if token is not None:
            identity = self._bearer(request, token)
            session = Session(user=None, fingerprint=self._doors.fingerprint)
        elif user is not None and password is not None:
            found = await self._check_password(request, user, password)
            identity = Identity(found.role, found.name, found.streams)
            session = Session(user=found.name, fingerprint=found.fingerprint)
        else:
            raise RefusedError(
                HTTPStatus.BAD_REQUEST, "send a token, or a user with their password"
            )
        return identity, await self._sessions.open(session)

    async def sign_out(self, request: Request) -> str:
        """End the session of the cookie; its digest, empty if there was none.

        Raises:
            redis.RedisError: Redis did not answer.
        """
        cookie = _cookie(request)
        if not cookie:
            return ""
        key = digest(cookie)
        await self._sessions.end(key)
        return key

    def cookie_header(self, request: Request, cookie: str) -> str:
        """The Set-Cookie header that gives, or with an empty cookie takes, a session."""
        age = self._sessions.seconds if cookie else 0
        secure = "; Secure" if request.secure else ""
        return f"{COOKIE}={cookie}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"

    def _is_local(self, request: Request) -> bool:
        forwarded = any(name in request.headers for name in _FORWARDED)
        return is_loopback(_host(request)) and is_loopback(request.client) and not forwarded

    def _bearer(self, request: Request, token: str) -> Identity:
        own = self._doors.token
        if own and hmac.compare_digest(token.encode(errors="replace"), own.encode()):
            return TOKEN
        self._check_attempts(request)
        self._attempts.failed(request.client, time.monotonic())
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "the token is wrong")

    async def _check_password(self, request: Request, name: str, password: str) -> User:
        if self._checking >= _CHECKS_WAITING:
            raise RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS, "too many sign in at once", retry_after=2
            )
        user = self._doors.users.get(name)
        self._checking += 1
        try:
            right = await asyncio.get_running_loop().run_in_executor(
                self._checks, matches, password, user.password if user else None
            )
        finally:
            self._checking -= 1
        if user is None or not right:
            self._attempts.failed(request.client, time.monotonic())
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "user or password is wrong")
        return user

    def _check_attempts(self, request: Request) -> None:
        wait = self._attempts.wait(request.client, time.monotonic())
        if wait:
            raise RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS, "too many failed attempts: wait a moment",
                retry_after=wait,
            )  # fmt: skip


def _host(request: Request) -> str:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _cookie(request: Request) -> str:
    for part in request.headers.get("cookie", "").replace(",", ";").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def _foreign() -> RefusedError:
    return RefusedError(
        HTTPStatus.FORBIDDEN, "a page of another origin asked: add it to EI_ORIGINS if it may"
    )
