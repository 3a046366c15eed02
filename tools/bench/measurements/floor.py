"""F: cost of a frame in the running worker, divided by the cost of decode, resize and infer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from apps.local.processes.child import Child
from apps.pipeline import keys
from apps.pipeline.messages import stream_id
from apps.pipeline.results.result_feed import ResultFeed, renew_watches
from apps.runtime import cancellation
from tools.bench.baseline.primitives import Floor
from tools.bench.baseline.reference import Reference, reference
from tools.bench.context import BenchModel, Context, interleaved
from tools.bench.load import WorkerSample, flood_names, saturated
from tools.bench.measurement import Curve, Figure, Findings, Measurement, Target, ratios
from tools.bench.rig import Rig, rig, started_worker

__all__ = ["FLOOR"]

#: Upper limit of F for INT8, by size of the picture.
_TARGETS = {(320, 240): 1.35, (768, 432): 1.20, (1280, 720): 1.15, (1920, 1080): 1.15}
#: Upper limit of the cost of a watched frame relative to an unwatched one.
_VIEWER_TARGET = 1.03
#: Workers read once a second which streams are watched.
_UNTIL_SEEN_SECONDS = 1.6


@dataclass(frozen=True, slots=True)
class _Bench:
    """One model: its worker, and the reference process on the same core."""

    rig: Rig
    subject: BenchModel
    worker: Child
    alone: Reference

    async def floor(self, size: tuple[int, int]) -> Floor:
        """Cost of the primitives."""
        context = self.rig.context
        return await self.alone.floor(context.frames.jpegs(size), context.seconds)

    async def running(self, size: tuple[int, int], *, watched: bool) -> WorkerSample:
        """The saturated worker, with or without a viewer."""
        task, jpegs = self.subject.task, self.rig.context.frames.jpegs(size)
        if not watched:
            return await saturated(self.rig, task, (self.worker.pid,), jpegs)
        async with _viewer(self.rig, task):
            return await saturated(
                self.rig, task, (self.worker.pid,), jpegs, settle=_UNTIL_SEEN_SECONDS
            )


@asynccontextmanager
async def _viewer(bench: Rig, task: str) -> AsyncIterator[None]:
    """A viewer of every stream, who renews the watches and receives the results."""
    streams = [stream_id.join(name, task) for name in flood_names()]
    feed = ResultFeed(bench.redis, lambda _name, _data: None)
    for stream in streams:
        feed.listen(stream)

    async def renew() -> None:
        while True:
            cancellation.heed()
            await renew_watches(bench.redis, streams)
            await asyncio.sleep(1)

    tasks = [asyncio.create_task(feed.run()), asyncio.create_task(renew())]
    try:
        yield
    finally:
        for task_ in tasks:
            task_.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await bench.redis.delete(*(keys.watch(stream) for stream in streams))


async def _measure(context: Context) -> Findings:
    figures: list[Figure] = []
    series: dict[str, list[tuple[float, float]]] = {}
    for subject in context.subjects:
        async with AsyncExitStack() as stack:
            bench = await stack.enter_async_context(rig(context))
            worker = await stack.enter_async_context(
                started_worker(bench, subject, context.worker_core)
            )
            alone = await stack.enter_async_context(
                reference(context, subject, context.worker_core)
            )
            model = _Bench(bench, subject, worker, alone)
            for size in context.sizes:
                context.say(f"  {subject.label} {size[0]}x{size[1]}")
                found = await _one(model, size)
                figures += found
                series.setdefault(subject.label, []).append(
                    (size[0] * size[1] / 1e6, found[0].median)
                )
    return Findings(figures, [Curve("Floor ratio F", "megapixels", "F (1 is the limit)", series)])


async def _one(model: _Bench, size: tuple[int, int]) -> list[Figure]:
    floors: list[Floor] = []

    async def floor() -> float:
        floors.append(await model.floor(size))
        return floors[-1].cost

    async def unwatched() -> float:
        return (await model.running(size, watched=False)).cost

    async def watched() -> float:
        return (await model.running(size, watched=True)).cost

    taken: dict[str, Callable[[], Awaitable[float]]] = {
        "floor": floor, "unwatched": unwatched, "watched": watched,
    }  # fmt: skip
    samples = await interleaved(model.rig.context.rounds, taken)
    name = f"{model.subject.label} {size[0]}x{size[1]}"
    aimed = model.subject.label == "INT8"
    parts = {
        "decode": [floor.decode for floor in floors],
        "resize": [floor.resize for floor in floors],
        "infer": [floor.infer for floor in floors],
        "worker": samples["unwatched"],
    }
    return [
        Figure(
            f"F {name}", ratios(samples["unwatched"], samples["floor"]),
            target=Target(_TARGETS[size]) if aimed else None,
        ),
        Figure(f"F {name}, watched", ratios(samples["watched"], samples["floor"])),
        Figure(
            f"cost watched ÷ unwatched {name}", ratios(samples["watched"], samples["unwatched"]),
            target=Target(_VIEWER_TARGET),
        ),
        *(
            Figure(f"{part} {name}", [1000 * cost for cost in costs], "core-ms")
            for part, costs in parts.items()
        ),
    ]  # fmt: skip


FLOOR = Measurement(
    "floor",
    "Core-seconds per frame of the running worker at saturation (real Redis, results published) ÷ "
    "the sum of decode, resize and infer measured alone on the same core and frames.",
    _measure,
)
