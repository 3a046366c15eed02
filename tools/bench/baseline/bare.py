"""A minimal consumer with a worker's threads: `python -m tools.bench.baseline.bare SOCKET`.

An event loop takes frames from a plain list, one thread "decodes" them, another "infers" them, and
the loop publishes a result for each, without any accounting, checks or metrics. A number on
standard input is the number of frames to serve; the output is core-seconds per frame.
"""

from __future__ import annotations

import asyncio
import sys
import time
from queue import SimpleQueue
from threading import Thread
from typing import Any

import msgspec
from redis.asyncio import Redis

from apps.pipeline import keys
from apps.pipeline.messages import Frame, Result, Timings, stream_id, wire

__all__ = ["BARE_LIST"]

BARE_LIST = "queue_bare"
_AT_ONCE = 3
#: Long, because CPU time remains meaningful on a very busy machine.
_SOCKET_SECONDS = 60


class _Threads:
    """Two threads in series, as in a worker."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._decoding: SimpleQueue[Frame] = SimpleQueue()
        self._inferring: SimpleQueue[Frame] = SimpleQueue()
        self.done: asyncio.Queue[Frame] = asyncio.Queue()
        Thread(target=self._decode, daemon=True).start()
        Thread(target=self._infer, daemon=True).start()

    def take(self, frame: Frame) -> None:
        self._decoding.put(frame)

    def _decode(self) -> None:
        while True:
            self._loop.call_soon_threadsafe(self._inferring.put, self._decoding.get())

    def _infer(self) -> None:
        while True:
            self._loop.call_soon_threadsafe(self.done.put_nowait, self._inferring.get())


async def _serve(redis: Redis, threads: _Threads, count: int) -> float:
    began = time.process_time()
    for _ in range(0, count, _AT_ONCE):
        taken: Any = await redis.lpop(BARE_LIST, _AT_ONCE)
        for data in taken:
            threads.take(wire.decode(Frame, data))
        for _ in taken:
            await _publish(redis, await threads.done.get())
    return (time.process_time() - began) / count


async def _publish(redis: Redis, frame: Frame) -> None:
    stream = stream_id.join(frame.name, frame.category)
    result = Result(
        stream=stream, task=frame.category, sequence=1, epoch=1, captured_at=1, inferred_at=1,
        width=1, height=1, model="none", precision="none", device="none", worker="none",
        detections=(),
        timings=Timings(queue_ms=0.0, decode_ms=0.0, infer_ms=0.0, postprocess_ms=0.0),
    )  # fmt: skip
    await redis.publish(keys.results(stream), wire.encode(result))


async def _main(socket: str) -> None:
    redis = Redis(unix_socket_path=socket, socket_timeout=_SOCKET_SECONDS)
    threads = _Threads()
    while line := await asyncio.to_thread(sys.stdin.readline):
        cost = await _serve(redis, threads, int(line))
        print(msgspec.json.encode(cost).decode(), flush=True)
    await redis.aclose()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
