"""Identifies callers by token, cookie or address, and refuses pages of other origins.

A gateway that listens on loopback and has neither token nor users admits callers on this machine
that address it by a loopback name. It refuses pages that point their own name here (DNS rebinding)
and requests that a proxy forwarded. Every other gateway requires a token or a user's password; a
browser exchanges it for a cookie.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from werkzeug.http import parse_cookie

from apps.gateway.auth.attempts import Attempts
from apps.gateway.auth.identity import LOCAL, TOKEN, Identity
from apps.gateway.auth.sessions import Session, Sessions, digest
from apps.gateway.auth.sign_in_methods import SignInMethods, is_loopback
from apps.gateway.auth.users import User
from apps.gateway.http.problem import ProblemError
from apps.gateway.http.request_head import RequestHead
from apps.gateway.passwords import matches
from apps.runtime.connection import UNREACHABLE

__all__ = ["COOKIE", "Auth"]

COOKIE = "ei_session"
#: A browser sends at least one of these with a request that changes something.
_BROWSER = ("cookie", "origin", "sec-fetch-site", "sec-fetch-mode")
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
#: Password checks at once, running and waiting: each takes 64 MiB and 50 ms of a core.
_MAX_CHECKS = 8


class Auth:
    """Identifies callers; pages of `origins` may use the gateway, beside its own."""

    def __init__(
        self, methods: SignInMethods, sessions: Sessions, origins: tuple[str, ...] = ()
    ) -> None:
        self._methods = methods
        self._sessions = sessions
        self._origins = {origin.lower().rstrip("/") for origin in origins}
        self._attempts = Attempts()
        self._checks = ThreadPoolExecutor(1, thread_name_prefix="password")
        self._checking = 0

    def check_host(self, head: RequestHead) -> None:
        """Refuse other names than loopback names while callers on this machine need not sign in.

        Raises:
            ProblemError: 403.
        """
        if self._methods.open and not self._is_local(head):
            raise ProblemError(
                403, "This gateway serves this machine only: use localhost, or configure a token"
            )

    def check_origin(self, head: RequestHead) -> None:
        """Refuse requests of pages of other origins.

        Raises:
            ProblemError: 403.
        """
        origin = head.headers.get("origin")
        if origin is None:
            if head.headers.get("sec-fetch-site", "none") in {"cross-site", "same-site"}:
                raise _other_origin()
            return
        own = origin.partition("://")[2].lower() == head.headers.get("host", "").lower()
        if not own and origin.lower() not in self._origins:
            raise _other_origin()

    def check_intent(self, head: RequestHead) -> None:
        """Refuse changes that a form of another page could have sent.

        A browser must add a header that a form cannot have.

        Raises:
            ProblemError: 403.
        """
        self.check_origin(head)
        browser = any(name in head.headers for name in _BROWSER)
        if browser and "x-ei-request" not in head.headers:
            raise ProblemError(403, "Send the header `X-EI-Request: 1` with it")

    async def identify(self, head: RequestHead) -> Identity | None:
        """The caller's identity; None if the caller is not signed in.

        Raises:
            ProblemError: 401 for a wrong token, 429 after too many, 503 while Redis does not
                respond.
        """
        if self._methods.open:
            return LOCAL
        authorization = head.headers.get("authorization", "")
        kind, _, token = authorization.partition(" ")
        if kind.lower() == "bearer":
            return self._bearer(head, token.strip())
        cookie = _cookie(head)
        if not cookie:
            return None
        try:
            return await self.of_session(digest(cookie))
        except UNREACHABLE as error:
            raise ProblemError(503, "Redis does not respond", retry_after=2) from error

    async def of_session(self, key: str) -> Identity | None:
        """The identity of a session; None if it ended or its credentials have changed.

        Raises:
            redis.RedisError: Redis did not respond, and the session is not cached.
        """
        session = await self._sessions.find(key)
        if session is None:
            return None
        if session.user is None:
            valid = self._methods.token and session.fingerprint == self._methods.fingerprint
            return Identity(TOKEN.role, session=key) if valid else None
        user = self._methods.users.get(session.user)
        if user is None or user.fingerprint != session.fingerprint:
            return None
        return Identity(user.role, user.name, user.streams, session=key)

    async def sign_in(
        self, head: RequestHead, token: str | None, user: str | None, password: str | None
    ) -> tuple[Identity, str]:
        """The caller's identity, and the cookie of a new session.

        Raises:
            ProblemError: 400 without credentials, 401 for wrong ones, 429 after too many failures.
            redis.RedisError: Redis did not respond.
        """
        self._check_attempts(head)
        if token is not None:
            identity = self._bearer(head, token)
            session = Session(user=None, fingerprint=self._methods.fingerprint)
        elif user is not None and password is not None:
            found = await self._check_password(head, user, password)
            identity = Identity(found.role, found.name, found.streams)
            session = Session(user=found.name, fingerprint=found.fingerprint)
        else:
            raise ProblemError(400, "Send a token, or a user and a password")
        return identity, await self._sessions.open(session)

    async def sign_out(self, head: RequestHead) -> str:
        """End the session of the cookie; its digest, empty without a cookie.

        Raises:
            redis.RedisError: Redis did not respond.
        """
        cookie = _cookie(head)
        if not cookie:
            return ""
        key = digest(cookie)
        await self._sessions.end(key)
        return key

    def cookie_header(self, head: RequestHead, cookie: str) -> str:
        """The Set-Cookie header that sets the cookie, or deletes it when it is empty."""
        age = self._sessions.seconds if cookie else 0
        secure = "; Secure" if head.secure else ""
        return f"{COOKIE}={cookie}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"

    def _is_local(self, head: RequestHead) -> bool:
        forwarded = any(name in head.headers for name in _FORWARDED)
        return is_loopback(_host(head)) and is_loopback(head.client) and not forwarded

    def _bearer(self, head: RequestHead, token: str) -> Identity:
        own = self._methods.token
        if own and hmac.compare_digest(token.encode(errors="replace"), own.encode()):
            return TOKEN
        self._check_attempts(head)
        self._attempts.failed(head.client, time.monotonic())
        raise ProblemError(401, "The token is wrong")

    async def _check_password(self, head: RequestHead, name: str, password: str) -> User:
        if self._checking >= _MAX_CHECKS:
            raise ProblemError(429, "Too many sign-ins at once: try again", retry_after=2)
        user = self._methods.users.get(name)
        self._checking += 1
        try:
            correct = await asyncio.get_running_loop().run_in_executor(
                self._checks, matches, password, user.password if user else None
            )
        finally:
            self._checking -= 1
        if user is None or not correct:
            self._attempts.failed(head.client, time.monotonic())
            raise ProblemError(401, "User or password is wrong")
        return user

    def _check_attempts(self, head: RequestHead) -> None:
        wait = self._attempts.wait(head.client, time.monotonic())
        if wait:
            raise ProblemError(
                429, "Too many failed attempts: wait a moment",
                retry_after=wait)  # fmt: skip


def _host(head: RequestHead) -> str:
    try:
        return urlsplit(f"//{head.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _cookie(head: RequestHead) -> str:
    return parse_cookie(head.headers.get("cookie", "").replace(",", ";")).get(COOKIE, "")


def _other_origin() -> ProblemError:
    return ProblemError(403, "The page has another origin: add it to EI_ORIGINS to allow it")
