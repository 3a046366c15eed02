"""`python -m apps.gateway` as a process: how it starts, and how it ends."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process

import httpx
import pytest

from apps.local.redis_server import RedisServer
from apps.runtime.service import ExitCode
from tests.integration.gateway.conftest import free_port, until


async def start(*arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "apps.gateway", "--metrics-port", "0", *arguments,
        stdout=PIPE, stderr=PIPE,
    )  # fmt: skip


async def end(process: Process) -> tuple[int, str]:
    """Exit code and output."""
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, (out + err).decode()


async def test_it_serves_until_it_is_asked_to_leave(session_redis: RedisServer) -> None:
    port = free_port()
    gateway = await start(
        "--gateway-port", str(port), "--queue-socket", session_redis.socket_path
    )  # fmt: skip

    async def answers() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"http://127.0.0.1:{port}/api/streams")
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    await until(answers, seconds=30)
    gateway.send_signal(signal.SIGTERM)
    code, wrote = await end(gateway)
    assert code == ExitCode.OK
    assert "Traceback" not in wrote


async def test_a_taken_port_ends_the_process_with_its_own_exit_code(
    session_redis: RedisServer,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        gateway = await start(
            "--gateway-port", str(taken.getsockname()[1]),
            "--queue-socket", session_redis.socket_path,
        )  # fmt: skip
        code, wrote = await end(gateway)
    assert code == ExitCode.PORT
    assert "Cannot listen on" in wrote
    assert "Traceback" not in wrote


@pytest.mark.parametrize(
    "arguments",
    [
        ("--gateway-port", "none"),
        ("--gateway-token-file", "/nowhere/token"),
        ("--users-file", "/nowhere/users.yaml"),
    ],
)
async def test_a_wrong_setting_is_one_line(arguments: tuple[str, str]) -> None:
    code, wrote = await end(await start(*arguments))
    assert code == ExitCode.SETTINGS
    assert "Traceback" not in wrote
    assert len(wrote.strip().splitlines()) == 1
