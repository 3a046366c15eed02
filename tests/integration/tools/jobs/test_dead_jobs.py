"""`ei jobs dead` on a real Redis."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from apps.local.redis_server import RedisServer
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.settings import JobSettings
from apps.runtime.connection import connect
from tests.support.jobs import make_job, submit
from tools.jobs.command import main

pytestmark = pytest.mark.redis

SETTINGS = JobSettings(job_attempts=1)


async def _fail_one_job(server: RedisServer) -> None:
    redis = connect(server.settings, name="test")
    consumer = JobConsumer(redis, "face", SETTINGS)
    await submit(redis, await make_job(redis, data=b"picture"), SETTINGS)
    (taken,) = await consumer.take(1)
    consumer.retry(taken, "the model failed")
    await consumer.take(0)
    await redis.aclose()


@pytest.fixture
def letter(redis_server: RedisServer, capsys: pytest.CaptureFixture[str]) -> str:
    """The id of the one dead letter."""
    asyncio.run(_fail_one_job(redis_server))
    assert main(["list", "face", "--queue-socket", redis_server.socket_path]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("the model failed")
    return line.split()[0]


def test_a_letter_is_shown_and_its_picture_is_written(
    letter: str, redis_server: RedisServer, tmp_path: Path
) -> None:
    out = tmp_path / "picture.jpg"
    flags = ["--queue-socket", redis_server.socket_path, "--out", str(out)]
    assert main(["show", "face", letter, *flags]) == 0
    assert out.read_bytes() == b"picture"


def test_a_discarded_letter_is_not_listed(
    letter: str, redis_server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    socket = ["--queue-socket", redis_server.socket_path]
    assert main(["discard", "face", letter, *socket]) == 0
    assert main(["list", "face", *socket]) == 0
    assert capsys.readouterr().out.endswith("face: no dead letters\n")


def test_a_retry_without_worker_fails_and_keeps_the_letter(
    letter: str, redis_server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    socket = ["--queue-socket", redis_server.socket_path]
    assert main(["retry", "face", letter, "--timeout", "2", *socket]) == 1
    assert capsys.readouterr().err.startswith("ei jobs dead: ")
    assert main(["show", "face", letter, *socket]) == 0


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["show", "face", "1-1"], 1, "there is no such dead letter"),
        (["list", "No Task"], 2, "is not a task"),
        (["show", "face", "x"], 1, "Redis did not carry it out"),
    ],
)
def test_a_wrong_call_is_answered_with_one_line(
    words: list[str], code: int, text: str, redis_server: RedisServer,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert main([*words, "--queue-socket", redis_server.socket_path]) == code
    assert text in capsys.readouterr().err
