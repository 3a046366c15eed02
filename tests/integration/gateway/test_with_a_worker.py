"""Gateway and a real worker process: pictures to infer, and one frame from queue to viewer."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import connect

from apps.local.redis_server import RedisServer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.messages import Frame, Result, wire
from apps.runtime import cancellation
from tests.integration.gateway.conftest import JPEG, Running, Start, World, jpeg, until


@pytest.fixture
async def served(
    world: World, start_gateway: Start, session_redis: RedisServer
) -> AsyncIterator[Running]:
    """A gateway, and a worker whose engine is a stub."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "apps.inference", "--task", "face", "--model", "stub:slots=2,ms=5",
        "--metrics-port", "0", "--queue-socket", session_redis.socket_path,
        stdout=DEVNULL, stderr=DEVNULL,
    )  # fmt: skip
    world.add_stream("hall")
    try:
        async with start_gateway() as running:
            await until(lambda: has_worker(running), seconds=60)
            yield running
    finally:
        worker.terminate()
        await worker.wait()


async def has_worker(gateway: Running) -> bool:
    tasks = (await gateway.get("/api/tasks"))["tasks"]
    return any(task["workers"] for task in tasks)


async def test_a_picture_is_answered_with_detections(served: Running) -> None:
    answer = await served.http.post("/api/infer/face", content=jpeg(640, 360))
    assert answer.status_code == 200
    found = answer.json()
    assert (found["task"], found["width"], found["height"]) == ("face", 640, 360)
    assert found["timings"]["infer_ms"] >= 5
    for detection in found["detections"]:
        assert all(0 <= edge <= 1 for edge in detection["box"])


@pytest.mark.parametrize("damage", [JPEG[: len(JPEG) // 2], JPEG[:20] + b"\x00" * 500])
async def test_a_damaged_picture_is_refused_with_a_reason(served: Running, damage: bytes) -> None:
    answer = await served.http.post("/api/infer/face", content=damage)
    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_pictures_and_live_frames_share_the_worker(served: Running, world: World) -> None:
    queue = FrameQueue(world.redis, "face")

    async def push() -> None:
        for sequence in range(100_000):
            cancellation.heed()
            now = world.clock.now()
            frame = Frame(
                name="hall", category="face", data=JPEG, sequence=sequence, epoch=1,
                captured_at=now,
            )  # fmt: skip
            await queue.push(frame)
            await asyncio.sleep(0.02)

    pushing = asyncio.create_task(push())
    try:
        async with connect(f"ws://{served.address}/hall:face", max_size=None) as socket:
            answers = await asyncio.gather(
                *(served.http.post("/api/infer/face", content=JPEG) for _ in range(10))
            )
            seen = await with_pixels(socket)
    finally:
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
    assert [answer.status_code for answer in answers] == [200] * 10
    assert seen.jpeg == JPEG
    (books,) = (await served.get("/api/ledger"))["tasks"]
    assert books["error"] == 0


async def with_pixels(socket: Any) -> Result:
    """The first result with a picture."""
    async with asyncio.timeout(30):
        while True:
            seen = wire.decode(Result, await socket.recv())
            if seen.jpeg is not None:
                return seen
