"""The whole machine compared with the previous design: one worker or one loop on all cores."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from apps.runtime import cancellation
from tools.bench.baseline.old_way import OLD_LIST, old_frame
from tools.bench.baseline.reference import Reference, reference
from tools.bench.context import BenchModel, Context, interleaved
from tools.bench.load import WorkerSample, compared, saturated
from tools.bench.measurement import Figure, Findings, Measurement, Target
from tools.bench.rig import Rig, rig, started_worker

__all__ = ["OLD_WAY"]

#: Lower limit of the throughput relative to the previous design.
_TARGETS = {(1280, 720): 3.5, (1920, 1080): 4.5}
_WAITING = 24


async def _measure(context: Context) -> Findings:
    everywhere = frozenset(context.cores)
    figures: list[Figure] = []
    for subject in context.subjects:
        async with AsyncExitStack() as stack:
            bench = await stack.enter_async_context(rig(context, everywhere))
            worker = await stack.enter_async_context(started_worker(bench, subject, everywhere))
            beside = await stack.enter_async_context(reference(context, subject, everywhere))
            for size in context.sizes:
                figures += await _one(bench, subject, worker.pid, beside, size)
    return Findings(figures)


async def _one(
    bench: Rig, subject: BenchModel, pid: int, beside: Reference, size: tuple[int, int]
) -> list[Figure]:
    context = bench.context
    jpegs, name = context.frames.jpegs(size), f"{subject.label} {size[0]}x{size[1]}"
    context.say(f"  {name}")
    samples = await interleaved(
        context.rounds,
        {
            "ours": lambda: saturated(bench, subject.task, (pid,), jpegs),
            "old": lambda: _old(bench, beside, jpegs),
        },
    )
    aimed = subject.label == "INT8" and size in _TARGETS
    target = Target.at_least(_TARGETS[size]) if aimed else None
    return [
        compared(samples["ours"], samples["old"], f"÷ the old way {name}", target),
        *(
            Figure(f"{what} {name}", [sample.rate for sample in some], "frames/s")
            for what, some in samples.items()
        ),
    ]


async def _old(bench: Rig, beside: Reference, jpegs: Sequence[bytes]) -> WorkerSample:
    feed = asyncio.create_task(_feed(bench, jpegs))
    try:
        return await beside.old_way(bench.server.socket_path, jpegs, bench.context.seconds)
    finally:
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)
        await bench.redis.delete(OLD_LIST)


async def _feed(bench: Rig, jpegs: Sequence[bytes]) -> None:
    frames = [old_frame(jpeg) for jpeg in jpegs]
    while True:
        cancellation.heed()
        waiting = await bench.redis.llen(OLD_LIST)
        if waiting < _WAITING:
            await bench.redis.rpush(OLD_LIST, *frames[: _WAITING - waiting])
        await asyncio.sleep(0.02)


OLD_WAY = Measurement(
    "old",
    "Frames per second of one worker on all cores ÷ the previous design on all cores (synchronous, "
    "full decode, boxes drawn, encoded again), with Redis and the load on the same cores.",
    _measure,
)
