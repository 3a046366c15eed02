"""A script touches only keys that it was given, all of one slot: a Redis Cluster can shard them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot

from apps.local.redis_server import RedisServer
from apps.pipeline import script
from apps.pipeline.connection import connect
from tests.integration.pipeline.scene import Scene
from tests.integration.pipeline.test_interleavings import everything

_ARGUMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"')


@dataclass
class Execution:
    """One execution of a script: what it was given, and the commands that it called."""

    keys: list[bytes]
    commands: list[list[bytes]]


async def monitored(server: RedisServer, play: Any) -> list[Execution]:
    """Every execution of a script while `play` plays."""
    listener = connect(server.settings, name="monitor")
    connection = await listener.connection_pool.get_connection()  # type: ignore[no-untyped-call]
    await connection.send_command("MONITOR")
    await connection.read_response()
    await play()
    client = connect(server.settings, name="test")
    await client.echo("the end")
    await client.aclose()
    executions: list[Execution] = []
    while (line := await connection.read_response())[-9:] != b'"the end"':
        arguments = _ARGUMENT.findall(line)
        if arguments[0].upper() == b"EVALSHA":
            count = int(arguments[2])
            executions.append(Execution(arguments[3 : 3 + count], []))
        elif b" lua]" in line.partition(b'"')[0]:
            executions[-1].commands.append(arguments)
    await listener.connection_pool.release(connection)
    await listener.aclose()
    return executions


async def keys_of(redis: Redis, command: list[bytes]) -> set[bytes]:
    """The keys of a command, as Redis itself sees them."""
    if command[0].upper() == b"TIME":
        return set()
    keys = await redis.command_getkeys(*command)
    return {key.encode() if isinstance(key, str) else key for key in keys}


async def test_every_script_uses_keys_of_one_slot_that_it_was_given(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = connect(redis_server.settings, name="test")
    scene = Scene(redis)
    monkeypatch.setattr(script, "run_together", scene.network)

    async def play() -> None:
        assert await everything(scene) == []

    executions = await monitored(redis_server, play)
    used: set[bytes] = set()
    for execution in executions:
        assert len({key_slot(key) for key in execution.keys}) == 1
        for command in execution.commands:
            touched = await keys_of(redis, command)
            assert touched <= set(execution.keys)
            used |= touched
    await redis.aclose()
    assert len(executions) > 20
    assert used == set(executions[0].keys)
