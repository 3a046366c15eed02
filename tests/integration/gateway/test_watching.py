"""Watching: WebSocket and MJPEG, through a real server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from apps.pipeline import wire
from apps.pipeline.messages import Result
from tests.integration.gateway.conftest import JPEG, Running, World, result


@contextlib.asynccontextmanager
async def publishing(world: World, stream: str) -> AsyncIterator[None]:
    task = asyncio.create_task(world.keep_publishing(stream))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def viewer(gateway: Running, path: str, **options: Any) -> Any:
    return connect(f"ws://{gateway.address}/{path}", max_size=None, **options)


async def receive(socket: ClientConnection) -> Any:
    async with asyncio.timeout(5):
        return await socket.recv()


async def test_a_viewer_gets_the_workers_message_unchanged(gateway: Running, world: World) -> None:
    async with viewer(gateway, "hall:face") as socket, publishing(world, "hall:face"):
        message = await receive(socket)
    seen = wire.decode(Result, message)
    assert message == wire.encode(result("hall:face", seen.sequence))
    assert seen.jpeg == JPEG
