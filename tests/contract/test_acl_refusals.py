"""Redis users on a real server: commands that are not part of their work are denied."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from apps.local.redis_server import RedisServer
from apps.runtime.connection import connect
from tools.manifests.roles import ROLES, acl_file

#: One key of each kind.
KEYS = (
    "queue_face", "{queue_face}:ledger", "{queue_face}:unknown", "jobs_face", "{jobs_face}:books",
    "{jobs_face}:replies:c", "{jobs_face}:ended:j", "{jobs_face}:dead", "streams", "stream:a:face",
    "streams:wanted", "streams:wanted:revision", "streams:trials", "trial:t", "conflict:a:face",
    "watch:a:face", "workers", "worker:w", "scaling:events", "scaling:limits", "session:d",
    "sessions", "other",
)  # fmt: skip

READS: list[list[Any]] = [
    ["get"], ["lrange", 0, -1], ["hgetall"], ["zrangebyscore", 0, 1], ["xrange", "-", "+"],
    ["smembers"], ["hget", "f"], ["dump"], ["lpop"], ["xrevrange", "+", "-"],
]  # fmt: skip
WRITES: list[list[Any]] = [
    ["set", "v"], ["rpush", "v"], ["hset", "f", "v"], ["zadd", 1, "m"], ["xadd", "*", "f", "v"],
    ["sadd", "m"], ["del"], ["incrby", 1], ["expire", 1], ["ltrim", 0, 1], ["hdel", "f"],
    ["restore", 0, "v"], ["zrem", "m"], ["xdel", "0-1"], ["hsetnx", "f", "v"],
]  # fmt: skip

_QUEUES = {"queue_face", "{queue_face}:ledger"}
_JOBS = {
    "jobs_face", "{jobs_face}:books", "{jobs_face}:replies:c", "{jobs_face}:ended:j",
    "{jobs_face}:dead",
}  # fmt: skip
#: What each role may read in any way, and write in any way.
MAY: dict[str, tuple[set[str], set[str]]] = {
    "camera": (set(), {"queue_face"}),
    "streams": (
        _QUEUES | {"streams", "stream:a:face", "conflict:a:face", "streams:wanted"},
        _QUEUES | {"streams", "stream:a:face", "conflict:a:face", "trial:t"},
    ),
    "worker": (_QUEUES | _JOBS, _QUEUES | _JOBS | {"workers", "worker:w"}),
    "gateway": (
        _QUEUES | _JOBS | {
            "streams", "stream:a:face", "conflict:a:face", "workers", "worker:w", "streams:wanted",
            "scaling:events", "scaling:limits", "session:d", "sessions",
        },
        _QUEUES | _JOBS | {
            "watch:a:face", "streams:wanted", "streams:wanted:revision", "streams:trials",
            "session:d", "sessions",
        },
    ),
    "operator": (
        (_QUEUES | _JOBS | {
            "{queue_face}:unknown", "streams", "stream:a:face", "conflict:a:face", "watch:a:face",
            "workers", "worker:w", "scaling:events", "scaling:limits",
        }),
        {"queue_face", "{jobs_face}:dead", "scaling:events", "scaling:limits"},
    ),
}  # fmt: skip


async def ask(redis: Redis, *command: Any) -> Any:
    """A command without a client method."""
    return await redis.execute_command(*command)  # type: ignore[no-untyped-call] # the library's


async def test_a_client_without_a_login_has_no_rights(guarded: RedisServer) -> None:
    stranger = connect(guarded.settings, name="stranger")
    for command in (["PING"], ["GET", "a"], ["RPUSH", "queue_face", "x"], ["INFO"]):
        with pytest.raises(RedisError, match="Authentication required"):
            await ask(stranger, *command)
    await stranger.aclose()


async def test_a_wrong_password_is_refused(guarded: RedisServer, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("guessed")
    for role in ROLES:
        settings = dataclasses.replace(
            guarded.settings, queue_user=role.name, queue_password_file=str(secret)
        )
        stranger = connect(settings, name="stranger")
        with pytest.raises(RedisError, match="invalid username-password"):
            await stranger.ping()
        await stranger.aclose()


def test_passwords_are_not_in_the_file() -> None:
    passwords = {role.name: f"secret of {role.name}" for role in ROLES}
    text = acl_file(passwords)
    assert not any(password in text for password in passwords.values())


async def allowed(admin: Redis, user: str, *command: Any) -> bool:
    try:
        answer: Any = await ask(admin, "ACL", "DRYRUN", user, *command)
    except ResponseError:  # wrong number of arguments, or an unknown subcommand
        return False
    return bool(answer == b"OK")


@pytest.mark.parametrize("role", [role.name for role in ROLES])
async def test_a_role_touches_its_own_keys_and_no_others(
    role: str, users: dict[str, Redis]
) -> None:
    async def ways(key: str, commands: list[list[Any]]) -> bool:
        tried = [await allowed(users["admin"], role, c[0], key, *c[1:]) for c in commands]
        return any(tried)

    reads = {key for key in KEYS if await ways(key, READS)}
    writes = {key for key in KEYS if await ways(key, WRITES)}
    assert (reads, writes) == MAY[role]


#: Dangerous commands that a role may use nevertheless.
DANGEROUS = {
    "gateway": {"info"},
    "operator": {
        "info", "keys", "client|list", "client|kill", "slowlog|get", "slowlog|len",
        "latency|latest", "acl|log",
    },
}  # fmt: skip


@pytest.mark.parametrize("role", [role.name for role in ROLES])
async def test_a_role_cannot_administer_redis(role: str, users: dict[str, Redis]) -> None:
    names: set[str] = set()
    for category in ("dangerous", "admin"):
        listed: Any = await ask(users["admin"], "ACL", "CAT", category)
        names |= {name.decode() for name in listed}
    usable = set()
    for name in sorted(names):
        words = name.split("|")
        for extra in range(6):
            if await allowed(users["admin"], role, *words, *["x"] * extra):
                usable.add(name)
                break
    assert usable - DANGEROUS.get(role, set()) == set()


@pytest.mark.parametrize("role", ["camera", "operator"])
async def test_a_role_without_scripts_cannot_load_one(role: str, users: dict[str, Redis]) -> None:
    for command in (["EVAL", "return 1", 0], ["SCRIPT", "LOAD", "return 1"], ["FUNCTION", "LIST"]):
        with pytest.raises(NoPermissionError):
            await ask(users[role], *command)


@pytest.mark.parametrize("role", ["streams", "worker", "gateway"])
async def test_a_script_has_only_the_rights_of_its_caller(
    role: str, users: dict[str, Redis]
) -> None:
    for text in ("return redis.call('GET', 'other')", "return redis.call('CONFIG', 'GET', '*')"):
        digest_ = await users[role].script_load(text)
        with pytest.raises(ResponseError):
            await users[role].evalsha(digest_, 0)


@pytest.mark.parametrize("role", ["camera", "streams"])
async def test_a_producer_cannot_subscribe_to_results(role: str, users: dict[str, Redis]) -> None:
    for command in (["SUBSCRIBE", "results:a:face"], ["PSUBSCRIBE", "*"], ["PUBLISH", "x", "y"]):
        assert not await allowed(users["admin"], role, *command)
