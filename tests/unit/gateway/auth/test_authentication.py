"""Identifying callers, and refusing pages of other origins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from apps.gateway.auth.authentication import COOKIE, Auth
from apps.gateway.auth.identity import LOCAL, TOKEN, UserRole
from apps.gateway.auth.sessions import Sessions, digest
from apps.gateway.auth.sign_in_methods import SignInMethods, is_loopback, load_sign_in_methods
from apps.gateway.auth.users import User
from apps.gateway.http.problem import ProblemError
from apps.gateway.http.request_head import RequestHead
from apps.gateway.passwords import make_hash
from apps.gateway.settings import GatewaySettings
from apps.runtime.errors import SettingsError
from tests.unit.gateway.requests import head

SECRET = "a-token-of-some-length"
ANN = User(
    name="ann", role=UserRole.VIEWER, password=make_hash("correct horse"), streams=("hall*",)
)
CLOSED = SignInMethods(token=SECRET, users={"ann": ANN}, open=False)


def auth(redis: Redis, methods: SignInMethods = CLOSED, origins: tuple[str, ...] = ()) -> Auth:
    return Auth(methods, Sessions(redis, 3600), origins)


def with_cookie(cookie: str, **more: Any) -> RequestHead:
    return head(headers={"cookie": f"theme=dark; {COOKIE}={cookie}"}, **more)


def bearer(token: str, **more: Any) -> RequestHead:
    return head(headers={"authorization": f"Bearer {token}"}, **more)


# the configured ways to sign in


def test_a_gateway_on_loopback_is_open_to_this_machine() -> None:
    assert load_sign_in_methods(GatewaySettings()).open


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "gateway.example"])
def test_beyond_loopback_a_random_token_is_made(host: str) -> None:
    methods, others = (load_sign_in_methods(GatewaySettings(gateway_host=host)) for _ in range(2))
    assert methods.printed
    assert not methods.open
    assert len(methods.token) >= 32
    assert methods.token != others.token
    assert methods.token not in repr(methods)


def test_a_configured_token_is_required_on_loopback_too(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(SECRET + "\n", encoding="utf-8")
    methods = load_sign_in_methods(GatewaySettings(gateway_token_file=str(path)))
    assert (methods.token, methods.open, methods.printed) == (SECRET, False, False)


@pytest.mark.parametrize("content", ["", "short", "two words of some length"])
def test_an_invalid_token_file_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match="EI_GATEWAY_TOKEN_FILE") as error:
        load_sign_in_methods(GatewaySettings(gateway_token_file=str(path)))
    assert not content or content not in str(error.value)


def test_a_token_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="EI_GATEWAY_TOKEN_FILE"):
        load_sign_in_methods(GatewaySettings(gateway_token_file=str(tmp_path / "none")))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True), ("LOCALHOST.", True), ("127.0.0.1", True), ("127.9.9.9", True),
        ("::1", True), ("[::1]", True), ("0.0.0.0", False), ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False), ("10.0.0.1", False), ("", False),
    ],
)  # fmt: skip
def test_loopback_names_are_told_from_similar_names(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected


# a gateway that is open to this machine


async def test_callers_on_this_machine_need_not_sign_in(any_redis: Redis) -> None:
    subject = auth(any_redis, SignInMethods())
    request = head()
    subject.check_host(request)
    assert await subject.identify(request) is LOCAL


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({"host": "evil.example"}, "127.0.0.1"),
        ({"host": "evil.example:8080"}, "127.0.0.1"),
        ({"host": ""}, "127.0.0.1"),
        ({"host": "[::1"}, "127.0.0.1"),
        ({"host": "localhost@evil.example"}, "127.0.0.1"),
        ({"x-forwarded-for": "10.0.0.7"}, "127.0.0.1"),
        ({"forwarded": "for=10.0.0.7"}, "127.0.0.1"),
        ({"via": "1.1 proxy"}, "127.0.0.1"),
        ({}, "10.0.0.7"),
    ],
)
def test_other_callers_are_refused(any_redis: Redis, headers: dict[str, str], client: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        auth(any_redis, SignInMethods()).check_host(head(headers=headers, client=client))
    assert refusal.value.status == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:8080"])
def test_every_loopback_name_is_accepted(any_redis: Redis, host: str) -> None:
    auth(any_redis, SignInMethods()).check_host(head(headers={"host": host}))


# token and session


async def test_the_token_identifies_an_admin(any_redis: Redis) -> None:
    assert await auth(any_redis).identify(bearer(SECRET)) is TOKEN


async def test_a_request_without_credentials_is_anonymous(any_redis: Redis) -> None:
    assert await auth(any_redis).identify(head()) is None


async def test_a_token_is_exchanged_for_a_cookie(any_redis: Redis) -> None:
    subject = auth(any_redis)
    identity, cookie = await subject.sign_in(head(), SECRET, None, None)
    assert identity.admin
    known = await subject.identify(with_cookie(cookie))
    assert known is not None
    assert (known.role, known.session) == (UserRole.ADMIN, digest(cookie))


async def test_a_user_signs_in_with_their_password(any_redis: Redis) -> None:
    subject = auth(any_redis)
    _, cookie = await subject.sign_in(head(), None, "ann", "correct horse")
    known = await subject.identify(with_cookie(cookie))
    assert known is not None
    assert (known.user, known.role, known.streams) == ("ann", UserRole.VIEWER, ("hall*",))


@pytest.mark.parametrize(
    ("token", "user", "password", "status"),
    [
        ("wrong", None, None, 401),
        ("", None, None, 401),
        (None, "ann", "wrong", 401),
        (None, "unknown", "correct horse", 401),
        (None, "ann", None, 400),
        (None, None, None, 400),
    ],
)
async def test_wrong_credentials_are_refused(
    any_redis: Redis, token: str | None, user: str | None, password: str | None, status: int
) -> None:
    with pytest.raises(ProblemError) as refusal:
        await auth(any_redis).sign_in(head(), token, user, password)
    assert refusal.value.status == status


async def test_no_token_is_valid_where_only_users_are_configured(any_redis: Redis) -> None:
    subject = auth(any_redis, SignInMethods(users={"ann": ANN}, open=False))
    with pytest.raises(ProblemError):
        await subject.identify(bearer(""))


async def test_a_client_with_too_many_failures_has_to_wait(any_redis: Redis) -> None:
    subject = auth(any_redis)
    for _ in range(5):
        with pytest.raises(ProblemError) as refusal:
            await subject.identify(bearer("guess", client="10.0.0.1"))
        assert refusal.value.status == 401
    with pytest.raises(ProblemError) as refusal:
        await subject.sign_in(head(client="10.0.0.1"), None, "ann", "correct horse")
    assert refusal.value.status == 429
    assert int(refusal.value.headers["Retry-After"]) > 50
    assert await subject.identify(bearer(SECRET, client="10.0.0.1")) is TOKEN
    assert await subject.sign_in(head(client="10.0.0.2"), SECRET, None, None)


async def test_signing_out_ends_the_session(any_redis: Redis) -> None:
    subject = auth(any_redis)
    _, cookie = await subject.sign_in(head(), SECRET, None, None)
    assert await subject.sign_out(with_cookie(cookie)) == digest(cookie)
    assert await subject.identify(with_cookie(cookie)) is None
    assert await subject.sign_out(head()) == ""


async def test_another_token_ends_the_sessions_of_the_old_one(any_redis: Redis) -> None:
    _, cookie = await auth(any_redis).sign_in(head(), SECRET, None, None)
    newer = auth(any_redis, SignInMethods(token="another-token-of-length", open=False))
    assert await newer.identify(with_cookie(cookie)) is None


async def test_another_password_ends_the_sessions_of_the_user(any_redis: Redis) -> None:
    _, cookie = await auth(any_redis).sign_in(head(), None, "ann", "correct horse")
    changed = User(name="ann", role=UserRole.VIEWER, password=make_hash("battery staple"))
    newer = auth(any_redis, SignInMethods(users={"ann": changed}, open=False))
    assert await newer.identify(with_cookie(cookie)) is None


async def test_a_session_survives_the_restart_of_a_gateway_with_a_random_token(
    any_redis: Redis,
) -> None:
    before = SignInMethods(token="random-token-number-one", printed=True, open=False)
    after = SignInMethods(token="random-token-number-two", printed=True, open=False)
    _, cookie = await auth(any_redis, before).sign_in(head(), before.token, None, None)
    assert await auth(any_redis, after).identify(with_cookie(cookie)) is not None


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_pages(any_redis: Redis) -> None:
    subject = auth(any_redis)
    header = subject.cookie_header(head(scheme="https"), "abc")
    for attribute in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=3600"):
        assert attribute in header
    assert "Secure" not in subject.cookie_header(head(), "abc")
    assert "Max-Age=0" in subject.cookie_header(head(), "")


# where a request comes from


def test_clients_other_than_browsers_need_no_extra_header(any_redis: Redis) -> None:
    auth(any_redis).check_intent(head())
    auth(any_redis).check_intent(bearer(SECRET))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:9999"},
        {"origin": "null"},
        {"origin": "http://localhost:8080.evil.example"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_pages_of_other_origins_are_refused(any_redis: Redis, headers: dict[str, str]) -> None:
    with pytest.raises(ProblemError) as refusal:
        auth(any_redis).check_origin(head(headers=headers))
    assert refusal.value.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost:8080"},
        {"origin": "https://LOCALHOST:8080"},
        {"origin": "https://dash.example"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ],
)
def test_our_own_page_and_those_that_are_allowed_may_ask(
    any_redis: Redis, headers: dict[str, str]
) -> None:
    auth(any_redis, origins=("https://dash.example/",)).check_origin(head(headers=headers))


def test_a_change_needs_a_header_that_forms_cannot_send(any_redis: Redis) -> None:
    subject = auth(any_redis)
    own = {"origin": "http://localhost:8080"}
    for sign in (own, {"cookie": "a=b"}, {"sec-fetch-site": "same-origin"}):
        with pytest.raises(ProblemError, match="X-EI-Request"):
            subject.check_intent(head(headers=sign))
        subject.check_intent(head(headers={**sign, "x-ei-request": "1"}))
    with pytest.raises(ProblemError, match="another origin"):
        subject.check_intent(head(headers={"x-ei-request": "1", "origin": "http://evil.example"}))
