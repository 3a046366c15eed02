"""Cost of a frame in the worker without decoding and inference, compared with a minimal consumer.

The engine is a stub without delay and the pictures are not decoded. The remaining cost is that of
queue, ledger, checks, transfers between threads, metrics and results. Other load on the machine has
little effect on CPU time; therefore continuous integration checks this figure.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from apps.local.processes.child import die_with_parent
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.settings import LiveSettings
from apps.pipeline.messages import Frame, wire
from apps.runtime.errors import ElasticError
from tools.bench.baseline.bare import BARE_LIST
from tools.bench.context import BenchModel, Context, interleaved
from tools.bench.load import drained
from tools.bench.measurement import Figure, Findings, Measurement, ratios
from tools.bench.processes import CpuTime, on_cores
from tools.bench.rig import Rig, rig, started_worker

__all__ = ["OVERHEAD", "overhead"]

_TASK = "overhead"
_STUB = BenchModel("stub", _TASK, "stub:slots=2,ms=0")
_SIZE = (320, 240)
_FRAMES = 450
_CAMERAS = 4
_BOUNDS = LiveSettings(queue_items=2 * _FRAMES, queue_bytes=1 << 30)
_OPTIONS = (
    "--queue-items", str(_BOUNDS.queue_items), "--queue-bytes", str(_BOUNDS.queue_bytes),
    "--freshness", "3600",
)  # fmt: skip


async def overhead(
    context: Context, environment: Mapping[str, str] | None = None
) -> tuple[Sequence[float], Sequence[float]]:
    """Core-seconds per frame of a worker with a stub engine and of a minimal consumer.

    Args:
        context: parameters of the measurements.
        environment: further environment variables of the worker.
    """
    frames = [
        Frame(name=f"camera-{number % _CAMERAS}", category=_TASK, data=jpeg, epoch=1, sequence=0,
              captured_at=0)
        for number, jpeg in zip(range(_FRAMES), _repeated(context.frames.jpegs(_SIZE)), strict=True)
    ]  # fmt: skip
    async with AsyncExitStack() as stack:
        bench = await stack.enter_async_context(rig(context))
        worker = await stack.enter_async_context(
            started_worker(bench, _STUB, context.worker_core, _OPTIONS, environment)
        )
        bare = await stack.enter_async_context(_bare(bench))
        epochs = iter(range(1, 1000))
        samples = await interleaved(
            context.rounds,
            {
                "worker": lambda: _worker(bench, worker.pid, frames, next(epochs)),
                "bare": lambda: _consumer(bench, bare, frames),
            },
        )
    return samples["worker"], samples["bare"]


def _repeated(jpegs: Sequence[bytes]) -> Sequence[bytes]:
    return [jpegs[number % len(jpegs)] for number in range(_FRAMES)]


async def _worker(bench: Rig, pid: int, frames: Sequence[Frame], epoch: int) -> float:
    """Cost of the worker to empty a long queue."""
    queue = FrameQueue(bench.redis, _TASK, _BOUNDS)
    os.kill(pid, signal.SIGSTOP)
    try:
        for number, frame in enumerate(frames):
            await queue.push(
                Frame(
                    name=frame.name, category=_TASK, data=frame.data, epoch=epoch,
                    sequence=number, captured_at=bench.clock.now(),
                )
            )  # fmt: skip
        spent = CpuTime((pid,))
    finally:
        os.kill(pid, signal.SIGCONT)
    await drained(bench, _TASK, _BOUNDS)
    return spent.cpu / len(frames)


@asynccontextmanager
async def _bare(bench: Rig) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the minimal consumer on the worker's core."""
    process = await asyncio.create_subprocess_exec(
        *on_cores(bench.context.worker_core), sys.executable, "-m", "tools.bench.baseline.bare",
        bench.server.socket_path,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, preexec_fn=die_with_parent,
    )  # fmt: skip
    try:
        yield process
    finally:
        assert process.stdin is not None  # noqa: S101 - we asked for the pipe
        process.stdin.close()
        await process.wait()


async def _consumer(
    bench: Rig, process: asyncio.subprocess.Process, frames: Sequence[Frame]
) -> float:
    """Cost of the minimal consumer to empty a long list."""
    assert process.stdin is not None  # noqa: S101 - we asked for the pipes
    assert process.stdout is not None  # noqa: S101 - we asked for the pipes
    await bench.redis.rpush(BARE_LIST, *map(wire.encode, frames))
    process.stdin.write(f"{len(frames)}\n".encode())
    answer = await process.stdout.readline()
    if not answer:
        raise ElasticError("The minimal consumer failed; see the lines above")
    return float(answer)


async def _measure(context: Context) -> Findings:
    ours, bare = await overhead(context)
    return Findings(
        [
            Figure("worker without pictures ÷ minimal consumer", ratios(ours, bare)),
            Figure("worker without pictures", [1e6 * cost for cost in ours], "core-µs"),
            Figure("minimal consumer", [1e6 * cost for cost in bare], "core-µs"),
        ]
    )


OVERHEAD = Measurement(
    "overhead",
    "Cost of a frame in the worker without decoding and inference (stub engine), and ÷ a minimal "
    "consumer with the same threads: pop, pass on twice, publish a result.",
    _measure,
)
