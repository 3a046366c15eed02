"""Sessions of signed-in browsers."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.gateway.auth.sessions import Session, Sessions, digest
from apps.pipeline import keys

ANN = Session(user="ann", fingerprint="f")


async def test_a_session_is_found_by_its_cookie(any_redis: Redis) -> None:
    sessions = Sessions(any_redis, 60)
    cookie = await sessions.open(ANN)
    assert await sessions.find(digest(cookie)) == ANN
    assert len(cookie) >= 32


async def test_another_gateway_knows_it_too(any_redis: Redis) -> None:
    cookie = await Sessions(any_redis, 60).open(ANN)
    assert await Sessions(any_redis, 60).find(digest(cookie)) == ANN


async def test_redis_does_not_have_the_cookie(any_redis: Redis) -> None:
    cookie = await Sessions(any_redis, 60).open(ANN)
    found: Any = await any_redis.keys("session:*")
    (key,) = found
    assert key.decode() == keys.session(digest(cookie))
    stored: Any = await any_redis.get(key)
    assert cookie.encode() not in stored


async def test_it_ends_by_itself(any_redis: Redis) -> None:
    cookie = await Sessions(any_redis, 60).open(ANN)
    assert 0 < await any_redis.ttl(keys.session(digest(cookie))) <= 60


async def test_an_ended_session_is_not_found(any_redis: Redis) -> None:
    sessions = Sessions(any_redis, 60)
    key = digest(await sessions.open(ANN))
    await sessions.find(key)
    await sessions.end(key)
    assert await sessions.find(key) is None


async def test_an_unknown_cookie_has_no_session(any_redis: Redis) -> None:
    assert await Sessions(any_redis, 60).find(digest("guess")) is None


async def test_malformed_sessions_are_ignored(any_redis: Redis) -> None:
    await any_redis.set(keys.session(digest("x")), b"\xc1")
    assert await Sessions(any_redis, 60).find(digest("x")) is None


async def test_a_session_is_written_back_when_redis_lost_its_data(
    any_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = Sessions(any_redis, 60)
    key = digest(await sessions.open(ANN))
    await sessions.find(key)
    monkeypatch.setattr("apps.gateway.auth.sessions._CACHED_SECONDS", 0.0)
    await any_redis.flushall()
    assert await sessions.find(key) == ANN
    assert await Sessions(any_redis, 60).find(key) == ANN


async def test_a_session_that_another_gateway_ended_is_not_written_back(
    any_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = Sessions(any_redis, 60)
    key = digest(await sessions.open(ANN))
    await sessions.find(key)
    monkeypatch.setattr("apps.gateway.auth.sessions._CACHED_SECONDS", 0.0)
    await Sessions(any_redis, 60).end(key)
    assert await sessions.find(key) is None


class SilentRedis:
    """Redis that does not respond."""

    async def get(self, name: str) -> bytes:
        raise RedisConnectionError(name)


async def test_an_unresponsive_redis_ends_no_cached_session(
    any_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = Sessions(any_redis, 60)
    key = digest(await sessions.open(ANN))
    await sessions.find(key)
    monkeypatch.setattr("apps.gateway.auth.sessions._CACHED_SECONDS", 0.0)
    sessions._redis = SilentRedis()  # type: ignore[assignment]
    assert await sessions.find(key) == ANN
    with pytest.raises(RedisConnectionError):
        await sessions.find(digest("another"))
