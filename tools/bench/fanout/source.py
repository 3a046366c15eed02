"""One stream with heartbeats and published results."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field

from apps.pipeline import keys
from apps.pipeline.messages import Result, SourceState, StreamInfo, stream_id, wire
from apps.pipeline.registry.heartbeats import Registry
from apps.runtime import cancellation
from tools.bench.rig import Rig

__all__ = ["FanoutSource"]


@dataclass(slots=True)
class FanoutSource:
    """Publishes results of one stream, as a worker does.

    Attributes:
        bench: rig with the Redis to publish to.
        name: stream name.
        task: task of the stream.
        picture: picture of each result.
    """

    bench: Rig
    name: str
    task: str
    picture: bytes = b""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _epoch: int = field(init=False)

    def __post_init__(self) -> None:
        self._epoch = self.bench.clock.now()

    @property
    def stream(self) -> str:
        """Stream id."""
        return stream_id.join(self.name, self.task)

    async def beat(self) -> None:
        """Send heartbeats until cancelled."""
        registry = Registry(self.bench.redis, self.bench.clock)
        info = StreamInfo(
            id=self.stream,
            name=self.name,
            task=self.task,
            epoch=self._epoch,
            state=SourceState.LIVE,
        )
        while True:
            cancellation.heed()
            await registry.beat_stream(info)
            await asyncio.sleep(1)

    async def play(self, fps: float, seconds: float) -> int:
        """Publish at a steady rate; return the number of results."""
        count = max(1, round(fps * seconds))
        began = time.monotonic()
        for number in range(count):
            await asyncio.sleep(began + number / fps - time.monotonic())
            await self.bench.redis.publish(keys.results(self.stream), self._result())
        return count

    def _result(self) -> bytes:
        now = time.time_ns() // 1000  # the clock of the crowd, and of Redis on the same machine
        return wire.encode(
            Result(
                stream=self.stream, task=self.task, sequence=next(self._numbers), epoch=self._epoch,
                captured_at=now, inferred_at=now, width=1280, height=720, model="bench",
                precision="INT8", device="CPU", jpeg=self.picture,
            )
        )  # fmt: skip
