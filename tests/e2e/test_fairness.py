"""A slow viewer does not affect the other viewers."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from apps.local.redis_server import RedisServer
from apps.pipeline.messages import Result, wire
from apps.runtime.clock import RedisClock
from tests.support.clips import Clip
from tests.support.simulated_system import SimulatedSystem

HANDSHAKE = (
    "GET /{stream} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)

Reading = Callable[[asyncio.StreamReader], Coroutine[Any, Any, None]]


async def never(_reader: asyncio.StreamReader) -> None:
    """Reads nothing."""
    await asyncio.Event().wait()


async def a_kilobyte_per_second(reader: asyncio.StreamReader) -> None:
    """Reads a hundred bytes ten times a second."""
    while await reader.read(100):
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def slow_viewer(
    simulation: SimulatedSystem, stream: str, reading: Reading
) -> AsyncIterator[None]:
    """A viewer on a plain socket, so that no library reads ahead."""
    reader, writer = await asyncio.open_connection("127.0.0.1", simulation.port, limit=1024)
    writer.write(HANDSHAKE.format(stream=stream, port=simulation.port).encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b"101" in answer
    task = asyncio.create_task(reading(reader))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    writer.transport.abort()


async def ages(
    simulation: SimulatedSystem, stream: str, clock: RedisClock, frames: int = 120
) -> list[float]:
    """Milliseconds from capture until this viewer has received each of `frames` frames."""
    found: list[float] = []
    async with connect(f"ws://127.0.0.1:{simulation.port}/{stream}", max_size=None) as socket:
        async for message in socket:
            assert isinstance(message, bytes)
            found.append((clock.now() - wire.decode(Result, message).captured_at) / 1000)
            if len(found) == frames:
                break
    return found[frames // 4 :]  # the first ones arrive while connections are opened


@pytest.mark.data
async def test_a_throttled_and_a_stalled_viewer_do_not_delay_other_viewers(
    session_redis: RedisServer, real_redis: Redis, recordings: list[Clip], tmp_path: Path
) -> None:
    clock = RedisClock()
    await clock.synchronise(real_redis)
    async with SimulatedSystem(session_redis, real_redis, tmp_path / "log") as simulation:
        stream = simulation.add_stream("hall", recordings[1])
        simulation.start_gateway()
        await simulation.gateway_ready()
        await asyncio.sleep(2)
        rounds = [await _alone_and_beside(simulation, stream, clock)]
        while (
            _aged(rounds[-1]) and len(rounds) < 4
        ):  # repeat, in case other programs disturbed a round
            rounds.append(await _alone_and_beside(simulation, stream, clock))
    for alone, beside in rounds:
        print(f"median age alone {alone:.1f} ms, beside slow viewers {beside:.1f} ms")

    assert not _aged(rounds[-1])


async def _alone_and_beside(
    simulation: SimulatedSystem, stream: str, clock: RedisClock
) -> tuple[float, float]:
    """Median age of frames, milliseconds, without slow viewers and with two of them."""
    alone = statistics.median(await ages(simulation, stream, clock))
    async with contextlib.AsyncExitStack() as viewers:
        for reading in (never, a_kilobyte_per_second):
            await viewers.enter_async_context(slow_viewer(simulation, stream, reading))
        beside = statistics.median(await ages(simulation, stream, clock))
    return alone, beside


def _aged(measured: tuple[float, float]) -> bool:
    alone, beside = measured
    return beside > alone * 1.05
