"""Start time of a worker, and its memory: at first, per stream, and later."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from tools.bench.context import Context
from tools.bench.load import LoadCamera, drained, filled
from tools.bench.measurement import Figure, Findings, Measurement, Target
from tools.bench.processes import cpu_seconds, memory_bytes
from tools.bench.rig import Rig, rig, started_worker

__all__ = ["START"]

_READY_SECONDS, _RESIDENT_MEGABYTES = 2.0, 350.0
_SIZE = (1280, 720)
_STREAMS = 60
_MEGABYTE = 1e6


async def _measure(context: Context) -> Findings:
    async with AsyncExitStack() as stack:
        bench = await stack.enter_async_context(rig(context))
        started = await _starts(bench, context.folder / "models")
        remembered = await _memory(bench, context.folder / "models")
    return Findings([*started, *remembered])


async def _starts(bench: Rig, cache: Path) -> list[Figure]:
    """Start times; the first start fills the cache of compiled models."""
    seconds, cpu = [], []
    for _ in range(bench.context.rounds + 1):
        began = time.monotonic()
        options = ("--cache-dir", str(cache))
        async with started_worker(
            bench, bench.context.subjects[0], bench.context.worker_core, options
        ) as worker:
            seconds.append(time.monotonic() - began)
            cpu.append(cpu_seconds(worker.pid))
    return [
        Figure("start to ready, cached", seconds[1:], "s", Target(_READY_SECONDS)),
        Figure("start to ready, first time", seconds[:1], "s"),
        Figure("CPU time of a start, cached", cpu[1:], "core-s"),
    ]


async def _memory(bench: Rig, cache: Path) -> list[Figure]:
    context, subject = bench.context, bench.context.subjects[0]
    jpegs = context.frames.jpegs(_SIZE)
    options = ("--cache-dir", str(cache))
    async with started_worker(bench, subject, context.worker_core, options) as worker:
        async with filled(bench, subject.task, jpegs):
            await asyncio.sleep(2 * context.seconds)
            working = memory_bytes(worker.pid)
            before = (await bench.ledger(subject.task)).total.inferred
            await asyncio.sleep((4 if context.quick else 20) * context.seconds)
            frames = (await bench.ledger(subject.task)).total.inferred - before
            later = memory_bytes(worker.pid)
        await drained(bench, subject.task)
        for number in range(_STREAMS):
            await LoadCamera(bench, subject.task, f"camera-{number}", jpegs).once()
            await drained(bench, subject.task)
        per_stream = (memory_bytes(worker.pid) - later) / _STREAMS
    return [
        Figure("resident under load", [working / _MEGABYTE], "MB", Target(_RESIDENT_MEGABYTES)),
        Figure("increase after the long run", [(later - working) / _MEGABYTE], "MB",
               note=f"{frames} frames later"),
        Figure("increase per stream", [per_stream / 1000], "kB"),
    ]  # fmt: skip


START = Measurement(
    "start",
    "From the start of a worker's process to its first heartbeat, with a cache of compiled models; "
    "its resident memory at work, later, and per stream.",
    _measure,
)
