"""Two workers with one core each compared with one worker on both cores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack

from tools.bench.context import Context, interleaved
from tools.bench.load import WorkerSample, saturated
from tools.bench.measurement import Figure, Findings, Measurement, Target, ratios
from tools.bench.rig import rig, started_worker

__all__ = ["DIVISION"]

_SIZE = (1280, 720)
_LEAST = 0.90


async def _measure(context: Context) -> Findings:
    if len(context.cores) < 2:
        context.say("  skipped: two processors are needed")
        return Findings()
    both = context.cores[:2]
    one = [frozenset(both)]
    two = [frozenset((core,)) for core in both]

    async def sample(divided: Sequence[frozenset[int]]) -> WorkerSample:
        subject, jpegs = context.subjects[0], context.frames.jpegs(_SIZE)
        async with AsyncExitStack() as stack:
            bench = await stack.enter_async_context(rig(context, os.sched_getaffinity(0)))
            workers = [
                await stack.enter_async_context(started_worker(bench, subject, cores))
                for cores in divided
            ]
            pids = tuple(worker.pid for worker in workers)
            return await saturated(bench, subject.task, pids, jpegs)

    samples = await interleaved(
        context.rounds, {"two": lambda: sample(two), "one": lambda: sample(one)}
    )
    rates = {name: [sample.rate for sample in some] for name, some in samples.items()}
    costs = {name: [sample.cost for sample in some] for name, some in samples.items()}
    larger = [max(pair) for pair in zip(rates["two"], rates["one"], strict=True)]
    smaller = [min(pair) for pair in zip(rates["two"], rates["one"], strict=True)]
    return Findings(
        [
            Figure("the slower ÷ the faster", ratios(smaller, larger),
                   target=Target.at_least(_LEAST)),
            Figure("2 workers ÷ 1 worker, 2 cores", ratios(rates["two"], rates["one"])),
            Figure("core-seconds per frame, 2 workers ÷ 1", ratios(costs["two"], costs["one"])),
            Figure("2 workers", rates["two"], "frames/s"),
            Figure("1 worker", rates["one"], "frames/s"),
        ]
    )  # fmt: skip


DIVISION = Measurement(
    "division",
    "Throughput of two workers on a core each ÷ one worker on the same two cores, with Redis and "
    "the load on them too.",
    _measure,
)
