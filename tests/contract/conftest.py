"""A real Redis with the users of an installation."""

from __future__ import annotations

import dataclasses
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from apps.local.redis_server import RedisServer
from apps.runtime.connection import connect
from tools.manifests.roles import ROLES, acl_file

PASSWORDS = {role.name: secrets.token_hex(8) for role in ROLES}
ADMIN = secrets.token_hex(8)


@pytest.fixture(scope="module")
def guarded(redis_binary: str) -> Iterator[RedisServer]:
    """A real Redis with the generated ACL file, and an admin for tests."""
    with tempfile.TemporaryDirectory(prefix="ei-") as folder:
        acl = Path(folder) / "users.acl"
        acl.write_text(acl_file(PASSWORDS) + f"user admin on >{ADMIN} ~* &* +@all\n")
        server = RedisServer(Path(folder), options=(("aclfile", str(acl)),), binary=redis_binary)
        server.start()
        yield server
        server.stop()


@asynccontextmanager
async def client_of(server: RedisServer, user: str) -> AsyncIterator[Redis]:
    secret = Path(server.folder) / f"password-{user}"
    secret.write_text(ADMIN if user == "admin" else PASSWORDS[user])
    settings = dataclasses.replace(
        server.settings, queue_user=user, queue_password_file=str(secret)
    )
    redis = connect(settings, name="test")
    yield redis
    await redis.aclose()


@pytest.fixture
async def users(guarded: RedisServer) -> AsyncIterator[dict[str, Redis]]:
    """A client for every role, on an empty Redis."""
    async with AsyncExitStack() as stack:
        names = ["admin", *(role.name for role in ROLES)]
        made = {name: await stack.enter_async_context(client_of(guarded, name)) for name in names}
        await made["admin"].flushall()
        await made["admin"].script_flush()
        yield made
