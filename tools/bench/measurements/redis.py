"""Redis: CPU time per frame, compared with plain lists without bounds and accounting."""

from __future__ import annotations

import itertools
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.pipeline.live_queue.frame_consumer import INFERRED, FrameConsumer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.messages import Frame, wire
from tools.bench.context import Context, interleaved
from tools.bench.measurement import Curve, Figure, Findings, Measurement, ratios
from tools.bench.processes import CpuTime, pin
from tools.bench.rig import Rig, rig

__all__ = ["REDIS"]

_TASK = "bench"
_BATCHES = (1, 2, 4, 8, 16)
_WORKERS = (1, 2, 4, 8)
#: Frames that each worker takes at once when the number of workers varies.
_BATCH = 4
_CAMERAS = 16
_RESULT = bytes(1_000)
#: Default size of a picture, and sizes that are compared, bytes.
_BYTES, _SIZES = 60_000, (100, 20_000, 60_000, 170_000, 340_000)
#: Random bytes, incompressible like JPEGs.
_PICTURES = [os.urandom(_SIZES[-1]) for _ in range(3 * _CAMERAS + 1)]


@dataclass(frozen=True, slots=True)
class _Sample:
    """Cost per frame.

    Attributes:
        server: core-seconds of Redis.
        client: core-seconds of producer and worker together.
        commands: commands executed by Redis, including those in scripts.
    """

    server: float
    client: float
    commands: float


@dataclass(slots=True)
class _Ours:
    """Frames through the real scripts, with bounds, ledger and leases."""

    bench: Rig
    batch: int
    workers: int = 1
    size: int = _BYTES
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _turns: Iterator[FrameConsumer] = field(init=False)
    _queue: FrameQueue = field(init=False)

    def __post_init__(self) -> None:
        consumers = [FrameConsumer(self.bench.redis, _TASK) for _ in range(self.workers)]
        self._turns = itertools.cycle(consumers)
        self._queue = FrameQueue(self.bench.redis, _TASK)

    async def once(self) -> None:
        """Push a batch; the next worker settles its frames and takes the batch."""
        for _ in range(self.batch):
            await self._queue.push(_frame(next(self._numbers), self.size))
        worker = next(self._turns)
        taken = await worker.exchange(self.batch, [("results", _RESULT)] * self.batch)
        for frame in taken.frames:
            worker.settle(frame.ticket, INFERRED)

    async def end(self) -> None:
        """Settle the remaining frames."""
        for _ in range(self.workers):
            await next(self._turns).leave()


@dataclass(slots=True)
class _Plain:
    """The same frames through RPUSH, LPOP and PUBLISH, without bounds and accounting."""

    bench: Rig
    batch: int
    size: int = _BYTES
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def once(self) -> None:
        """Push a batch, take it, and publish one result per frame."""
        redis: Any = self.bench.redis
        for _ in range(self.batch):
            await redis.rpush("plain", wire.encode(_frame(next(self._numbers), self.size)))
        together = redis.pipeline(transaction=False)
        for _ in range(self.batch):
            together.publish("results", _RESULT)
        together.lpop("plain", self.batch)
        await together.execute()

    async def end(self) -> None:
        """Nothing to settle."""


def _frame(number: int, size: int) -> Frame:
    camera, sequence = f"camera-{number % _CAMERAS}", number // _CAMERAS
    picture = _PICTURES[number % len(_PICTURES)][:size]
    return Frame(name=camera, category=_TASK, data=picture, sequence=sequence, epoch=1)


async def _sample(bench: Rig, way: _Ours | _Plain) -> _Sample:
    """Measure one sample, starting with an empty Redis."""
    await bench.redis.flushall()
    for _ in range(2 * _CAMERAS):
        await way.once()  # registers every camera and worker
    assert bench.server.process is not None  # noqa: S101 - it was started
    commands, spent = await _commands(bench), CpuTime((bench.server.process.pid,))
    began, client, rounds = time.monotonic(), time.process_time(), 0
    while time.monotonic() - began < bench.context.seconds:
        await way.once()
        rounds += 1
    client, server = time.process_time() - client, spent.cpu
    commands = await _commands(bench) - commands
    await way.end()
    frames = rounds * way.batch
    return _Sample(server / frames, client / frames, commands / frames)


async def _commands(bench: Rig) -> int:
    info: Any = await bench.redis.info("stats")
    return int(info["total_commands_processed"])


async def _measure(context: Context) -> Findings:
    pin(os.getpid(), context.worker_core)  # Redis is on the other cores
    batches = (1, _BATCH, _BATCHES[-1]) if context.quick else _BATCHES
    async with rig(context) as bench:
        ways: dict[str, _Ours | _Plain] = {}
        for batch in batches:
            ways[f"plain, batch {batch}"] = _Plain(bench, batch)
            ways[f"ours, batch {batch}"] = _Ours(bench, batch)
        for workers in _WORKERS:
            ways[f"ours, {workers} workers"] = _Ours(bench, _BATCH, workers=workers)
        for size in _SIZES:
            ways[f"plain, {_size(size)}"] = _Plain(bench, _BATCH, size)
            ways[f"ours, {_size(size)}"] = _Ours(bench, _BATCH, size=size)
        samples = await interleaved(
            context.rounds, {name: _taker(bench, way) for name, way in ways.items()}
        )
    return Findings(_figures(samples, batches), _curves(samples, batches))


def _size(size: int) -> str:
    return f"{size // 1000} kB" if size >= 1000 else f"{size} bytes"


def _taker(bench: Rig, way: _Ours | _Plain) -> Callable[[], Awaitable[_Sample]]:
    return lambda: _sample(bench, way)


def _figures(samples: dict[str, list[_Sample]], batches: Sequence[int]) -> list[Figure]:
    server = {name: [one.server * 1e6 for one in taken] for name, taken in samples.items()}
    plain, ours = f"plain, batch {_BATCH}", f"ours, batch {_BATCH}"
    many, one = f"ours, {_WORKERS[-1]} workers", f"ours, {_WORKERS[0]} workers"
    return [
        *(
            Figure(
                f"Redis, ours ÷ plain lists, batch {batch}",
                ratios(server[f"ours, batch {batch}"], server[f"plain, batch {batch}"]),
            )
            for batch in batches
        ),
        *(
            Figure(
                f"Redis, ours ÷ plain lists, {_size(size)}",
                ratios(server[f"ours, {_size(size)}"], server[f"plain, {_size(size)}"]),
            )
            for size in _SIZES
        ),
        Figure(f"Redis, {_WORKERS[-1]} workers ÷ 1", ratios(server[many], server[one])),
        *(Figure(f"Redis, {name}", taken, "core-µs per frame") for name, taken in server.items()),
        *(
            Figure(
                f"clients, {name}",
                [one.client * 1e6 for one in samples[name]], "core-µs per frame",
            )
            for name in (plain, ours)
        ),
        *(
            Figure(f"commands, {name}", [one.commands for one in samples[name]], "per frame")
            for name in (plain, ours)
        ),
    ]  # fmt: skip


def _curves(samples: dict[str, list[_Sample]], batches: Sequence[int]) -> list[Curve]:
    def cost(name: str) -> float:
        return statistics.median(one.server * 1e6 for one in samples[name])

    unit = "core-µs of Redis per frame"
    by_batch = {
        way: [(batch, cost(f"{way}, batch {batch}")) for batch in batches]
        for way in ("plain", "ours")
    }
    by_size = {
        way: [(size / 1000, cost(f"{way}, {_size(size)}")) for size in _SIZES]
        for way in ("plain", "ours")
    }
    by_workers = [(workers, cost(f"ours, {workers} workers")) for workers in _WORKERS]
    return [
        Curve("Redis by batch", "frames taken at once", unit, by_batch),
        Curve("Redis by size", "kB of a picture", unit, by_size),
        Curve("Redis by workers", "workers", unit, {"ours": by_workers}),
    ]


REDIS = Measurement(
    "redis",
    f"Core time of Redis per {_BYTES // 1000}-kB frame, pushed alone and taken in batches, "
    "result published: through the scripts, and through plain RPUSH and LPOP.",
    _measure,
)
