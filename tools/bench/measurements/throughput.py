"""Throughput on one core, compared with loops without a queue and without pictures."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from apps.local.processes.child import Child
from apps.runtime.errors import ElasticError
from apps.vision.models.catalogue import StoredModel, resolve
from tools.bench.baseline.reference import Reference, reference
from tools.bench.context import BenchModel, Context, interleaved
from tools.bench.load import WorkerSample, compared, saturated
from tools.bench.measurement import Figure, Findings, Measurement, Target, ratios
from tools.bench.processes import on_cores, pin
from tools.bench.rig import Rig, rig, started_worker

__all__ = ["THROUGHPUT"]

#: Lower limit of the throughput relative to the in-process loop.
_LOOP_TARGETS = {(1280, 720): 0.90, (1920, 1080): 0.85}


@dataclass(frozen=True, slots=True)
class _Bench:
    rig: Rig
    subject: BenchModel
    worker: Child
    beside: Reference

    async def ours(self, jpegs: Sequence[bytes]) -> WorkerSample:
        """Sample of the worker."""
        return await saturated(self.rig, self.subject.task, (self.worker.pid,), jpegs)

    async def loop(self, jpegs: Sequence[bytes]) -> WorkerSample:
        """Sample of the in-process loop."""
        return await self.beside.loop(jpegs, self.rig.context.seconds)

    async def app(self) -> float:
        """Frames per second of OpenVINO's benchmark_app with the model alone."""
        model = resolve(self.subject.task, self.rig.context.models, model=self.subject.model)
        if not isinstance(model, StoredModel):
            raise ElasticError(f"{self.subject.label}: Benchmark_app supports only a single model")
        return await _benchmark_app(self.rig.context, model)


async def _benchmark_app(context: Context, model: StoredModel) -> float:
    process = await asyncio.create_subprocess_exec(
        *on_cores(context.worker_core),
        str(Path(sys.executable).with_name("benchmark_app")), "-m", str(model.paths[0]),
        "-d", "CPU", "-hint", "throughput", "-t", str(max(1, round(context.seconds))),
        *(("-infer_precision", model.run_precision) if model.run_precision else ()),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=context.folder,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    found = re.search(r"Throughput:\s+([0-9.]+) FPS", output)
    if found is None:
        raise ElasticError(f"Benchmark_app printed no throughput: {output[-400:]}")
    return float(found[1])


async def _measure(context: Context) -> Findings:
    pin(os.getpid(), context.other_cores)  # this process is the load
    figures: list[Figure] = []
    for subject in context.subjects:
        async with AsyncExitStack() as stack:
            bench = await stack.enter_async_context(rig(context))
            worker = await stack.enter_async_context(
                started_worker(bench, subject, context.worker_core)
            )
            beside = await stack.enter_async_context(
                reference(context, subject, context.worker_core)
            )
            model = _Bench(bench, subject, worker, beside)
            for size in context.sizes:
                figures += await _one(model, size)
    return Findings(figures)


async def _one(model: _Bench, size: tuple[int, int]) -> list[Figure]:
    context = model.rig.context
    jpegs, name = context.frames.jpegs(size), f"{model.subject.label} {size[0]}x{size[1]}"
    context.say(f"  {name}")
    samples = await interleaved(
        context.rounds, {"ours": lambda: model.ours(jpegs), "loop": lambda: model.loop(jpegs)}
    )
    rates = {what: [sample.rate for sample in some] for what, some in samples.items()}
    aimed = model.subject.label == "INT8" and size in _LOOP_TARGETS
    target = Target.at_least(_LOOP_TARGETS[size]) if aimed else None
    figures = [
        compared(samples["ours"], samples["loop"], f"÷ in-process loop {name}", target),
        *(Figure(f"{what} {name}", rate, "frames/s") for what, rate in rates.items()),
    ]
    if size == context.sizes[0]:
        app = [await model.app() for _ in range(context.rounds)]
        figures.append(Figure(f"÷ benchmark_app {name}", ratios(rates["ours"], app)))
        figures.append(Figure(f"benchmark_app {model.subject.label}", app, "frames/s"))
    return figures


THROUGHPUT = Measurement(
    "throughput",
    "Frames per second of one worker on one core ÷ an in-process loop that only decodes and "
    "infers, and ÷ benchmark_app with the model alone; Redis and the load use the other cores.",
    _measure,
)
