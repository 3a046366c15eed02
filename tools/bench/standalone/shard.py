"""Cost of one frame in Redis, for sizing beyond one machine.

    python -m tools.bench.standalone.shard [--kilobytes N] [--streams N] [--batch N] [--frames N]

It starts a private redis-server, runs frames through the real scripts (push, pop, settle, publish
a result), and prints the CPU time per frame of the Redis thread. CPU time, unlike throughput, does
not depend on the speed of the clients.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from apps.local.redis_server import RedisServer
from apps.pipeline import keys
from apps.pipeline.live_queue.frame_consumer import INFERRED, FrameConsumer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.settings import LiveSettings
from apps.pipeline.messages import Frame, SourceState, StreamInfo
from apps.pipeline.registry.heartbeats import Registry
from apps.runtime.clock import RedisClock
from apps.runtime.connection import connect

if TYPE_CHECKING:
    from redis.asyncio import Redis

_TASK = "people"
_RESULT_BYTES = 1000


@dataclass(frozen=True, slots=True)
class Cost:
    """Costs in Redis and in a gateway.

    Attributes:
        frame_us: Redis, microseconds per frame, all four steps.
        sweep_ms: Redis, milliseconds of one sweep (one a second) over all streams.
        beat_us: Redis, microseconds of one heartbeat of a stream (one a second each).
        listing_ms: the gateway, milliseconds of reading all heartbeats (one a second).
    """

    frame_us: float
    sweep_ms: float
    beat_us: float
    listing_ms: float


async def measure(server: RedisServer, *, size: int, streams: int, batch: int, frames: int) -> Cost:
    """Run frames through a server.

    Args:
        server: running, empty server.
        size: bytes per picture.
        streams: number of streams, which take turns.
        batch: frames taken at once.
        frames: total number of frames.
    """
    redis = connect(server.settings, name="measure")
    queue = FrameQueue(redis, _TASK, LiveSettings(queue_items=4 * batch))
    consumer = FrameConsumer(redis, _TASK, LiveSettings(queue_items=4 * batch))
    await _pass(queue, consumer, size, streams, batch, streams)  # registers every stream
    before = await _cpu(redis)
    await _pass(queue, consumer, size, streams, batch, frames)
    after = await _cpu(redis)
    sweeps = 5
    for _ in range(sweeps):
        await redis.hdel(keys.live_keys(_TASK)[2], "swept_at")
        await queue.sweep()
    swept = await _cpu(redis)
    registry = Registry(redis, RedisClock())
    for number in range(streams):
        await registry.beat_stream(_heartbeat(number))
    beaten = await _cpu(redis)
    began = time.process_time()
    await registry.streams()
    listed = time.process_time()
    await redis.aclose()
    return Cost(
        frame_us=(after - before) / frames * 1e6,
        sweep_ms=(swept - after) / sweeps * 1e3,
        beat_us=(beaten - swept) / streams * 1e6,
        listing_ms=(listed - began) * 1e3,
    )


def _heartbeat(number: int) -> StreamInfo:
    name = f"camera-{number}"
    return StreamInfo(id=f"{name}:{_TASK}", name=name, task=_TASK, epoch=1, state=SourceState.LIVE)


async def _pass(
    queue: FrameQueue, consumer: FrameConsumer, size: int, streams: int, batch: int, frames: int
) -> None:
    picture = bytes(size)
    result = bytes(_RESULT_BYTES)
    for first in range(0, frames, batch):
        for number in range(first, first + batch):
            name = f"camera-{number % streams}"
            await queue.push(
                Frame(name=name, category=_TASK, data=picture, sequence=number, epoch=1)
            )
        taken = await consumer.exchange(batch)
        for frame in taken.frames:
            consumer.settle(frame.ticket, INFERRED)
        await consumer.exchange(0, [("results", result)] * len(taken.frames))


async def _cpu(redis: Redis) -> float:
    found = await redis.info("cpu")
    return float(found["used_cpu_user"]) + float(found["used_cpu_sys"])


def main() -> int:
    """Measure once and print one line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kilobytes", type=int, default=60, help="kB per picture (60)")
    parser.add_argument("--streams", type=int, default=1250, help="number of streams (1250)")
    parser.add_argument("--batch", type=int, default=4, help="frames taken at once (4)")
    parser.add_argument("--frames", type=int, default=5000, help="total number of frames (5000)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ei-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            cost = asyncio.run(
                measure(
                    server, size=asked.kilobytes * 1000, streams=asked.streams, batch=asked.batch,
                    frames=asked.frames,
                )
            )  # fmt: skip
        finally:
            server.stop()
    print(
        f"{asked.kilobytes} kB, {asked.streams} streams, batches of {asked.batch}: "
        f"{cost.frame_us:.0f} us of Redis' thread per frame, {cost.sweep_ms:.1f} ms per sweep, "
        f"{cost.beat_us:.0f} us per heartbeat; {cost.listing_ms:.0f} ms of a gateway per listing"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
