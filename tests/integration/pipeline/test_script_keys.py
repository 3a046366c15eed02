"""A script uses only the keys in its KEYS, all in one slot, as Redis Cluster requires."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot

from apps.local.redis_server import RedisServer
from apps.pipeline import redis_script
from apps.pipeline.job_queue.dead_letters import DeadLetters
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.job_queue.job_queue import JobQueue
from apps.pipeline.job_queue.settings import JobSettings
from apps.runtime.connection import connect
from apps.runtime.errors import JobReason
from tests.integration.pipeline.queue_simulation import QueueSimulation
from tests.integration.pipeline.test_interleavings import everything
from tests.support.jobs import RESULT, make_job, submit

Play = Callable[[], Awaitable[None]]

#: A pop uses only as many transfer lists as there are frames.
_HAND = re.compile(rb"(:hand:).*")
_ARGUMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"')


@dataclass
class Execution:
    """One execution of a script: its keys, and the commands that it called."""

    keys: list[bytes]
    commands: list[list[bytes]]


async def monitored(server: RedisServer, play: Play) -> list[Execution]:
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
    """The keys of a command, as reported by Redis."""
    if command[0].upper() == b"TIME":
        return set()
    keys = await redis.command_getkeys(*command)
    return {key.encode() if isinstance(key, str) else key for key in keys}


async def audit(server: RedisServer, play: Play) -> None:
    """Check every execution while `play` plays, and that it reached every key."""
    executions = await monitored(server, play)
    redis = connect(server.settings, name="test")
    given: set[bytes] = set()
    used: set[bytes] = set()
    for execution in executions:
        assert len({key_slot(key) for key in execution.keys}) == 1
        for command in execution.commands:
            touched = await keys_of(redis, command)
            assert touched <= set(execution.keys)
            used |= touched
        given |= set(execution.keys)
    await redis.aclose()
    assert {_HAND.sub(rb"\1", key) for key in used} == {_HAND.sub(rb"\1", key) for key in given}


async def test_every_live_script_uses_only_its_keys_in_one_slot(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = connect(redis_server.settings, name="test")
    simulation = QueueSimulation(redis)
    monkeypatch.setattr(redis_script, "run_together", simulation.network)

    async def play() -> None:
        assert await everything(simulation) == []

    await audit(redis_server, play)
    await redis.aclose()


async def test_every_job_script_uses_only_its_keys_in_one_slot(
    redis_server: RedisServer,
) -> None:
    redis = connect(redis_server.settings, name="test")
    settings = JobSettings(job_attempts=1, dead_letters=1)

    async def play() -> None:
        for _ in range(5):
            await submit(redis, await make_job(redis), settings)
        consumer = JobConsumer(redis, "face", settings)
        done, bad, *poison = await consumer.take(4)
        consumer.done(done, RESULT)
        consumer.fail(bad, JobReason.UNDECODABLE, "no picture")
        for job in poison:
            consumer.retry(job, "always")
        await consumer.take(1)
        await consumer.leave()
        await JobQueue(redis, "face", settings).sweep()
        letters = DeadLetters(redis, "face")
        for letter in await letters.page():
            await letters.discard(letter.id)

    await audit(redis_server, play)
    await redis.aclose()
