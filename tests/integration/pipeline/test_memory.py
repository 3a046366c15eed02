"""Without a worker, neither Redis nor a producer grows: each push bounds the queue."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import psutil
import pytest

from apps.local.redis_server import RedisServer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.runtime.connection import connect
from tests.conftest import soak_factor

SECONDS = 600
SHORT_SECONDS = 15
MEGABYTE = 1 << 20


@dataclass
class Samples:
    """One measured value per second."""

    bytes: list[int] = field(default_factory=list)

    @property
    def growth(self) -> int:
        """Difference of the maxima of the last third and of the second third."""
        third = len(self.bytes) // 3
        return max(self.bytes[-third:]) - max(self.bytes[third:-third])


def stream(server: RedisServer, policy: str) -> list[str]:
    """The command line of a streams service with one source."""
    return [
        "apps.streams", "--source", "synthetic:pattern", "--stream-name", policy,
        "--fps", "60", "--size", "320x240", "--policy", policy, "--metrics-port", "0",
        "--queue-socket", server.socket_path, "--log-level", "ERROR",
    ]  # fmt: skip


@contextlib.asynccontextmanager
async def producers(server: RedisServer) -> AsyncIterator[list[psutil.Process]]:
    """Three sources, one for each policy of a full queue, and an overload producer."""
    lines = [stream(server, policy) for policy in ("oldest", "newest", "block")]
    lines.append(["tests.integration.pipeline.overload_producer", server.socket_path, "100"])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EI_")}
    running = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", *line, env=clean)
        for line in lines
    ]
    try:
        yield [psutil.Process(process.pid) for process in running]
        assert [process.returncode for process in running] == [None] * len(running)
    finally:
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + 120)
async def test_redis_and_producers_do_not_grow_without_a_worker(redis_server: RedisServer) -> None:
    seconds = SECONDS if soak_factor() >= 1 else SHORT_SECONDS
    redis = connect(redis_server.settings, name="test")
    queue = FrameQueue(redis, "face")
    memory, resident = Samples(), Samples()
    async with producers(redis_server) as processes:
        while (await queue.sweep()).streams.keys() < {"oldest", "newest", "block"}:
            await asyncio.sleep(0.2)
        for _ in range(seconds):
            await asyncio.sleep(1)
            await queue.sweep()
            memory.bytes.append((await redis.info("memory"))["used_memory"])
            resident.bytes.append(sum(process.memory_info().rss for process in processes))
    ledger = await queue.sweep()
    await redis.aclose()
    print(
        f"{ledger.total.pushed} frames pushed in {seconds} s; Redis at most "
        f"{max(memory.bytes) / MEGABYTE:.1f} MiB, grown {memory.growth / 1024:.0f} KiB; "
        f"producers grown {resident.growth / 1024:.0f} KiB"
    )
    assert ledger.total.error == 0
    assert ledger.total.pushed > 100 * seconds
    assert ledger.total.queued <= 32
    assert max(memory.bytes) < 8 * MEGABYTE
    assert memory.growth < MEGABYTE // 4
    assert resident.growth < 4 * MEGABYTE
