"""Capture: cost of a frame in the streams service, by kind of processing."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from apps.vision.video.demux import OpenOptions, open_container, timed_pictures
from apps.vision.video.picture import DamagedPicture, PictureForm
from tools.bench.cameras import Cameras, cameras
from tools.bench.context import Context, interleaved
from tools.bench.films import as_h264, as_jpegs
from tools.bench.measurement import Curve, Figure, Findings, Measurement, ratios
from tools.bench.processes import CpuTime, pin
from tools.bench.rig import Rig, rig

__all__ = ["STREAMS"]

_FPS = 15
_SIZE = (1280, 720)
_UNTOUCHED, _SMALLER = PictureForm(), PictureForm(640, 360)
_TASKS = ("face", "people", "car", "object")
#: Cameras in one process.
_COUNTS = (1, 4, 16)
#: Seconds until the service has settled after a camera was added.
_SETTLE = 0.5


@dataclass(frozen=True, slots=True)
class _Case:
    """One kind of processing."""

    film: Path
    form: PictureForm = _UNTOUCHED
    tasks: int = 1

    @property
    def options(self) -> Sequence[str]:
        """Command-line options."""
        return ("--size", f"{self.form.width}x{self.form.height}") if self.form.width else ()


async def _measure(context: Context) -> Findings:
    pin(os.getpid(), context.other_cores)
    jpegs = context.frames.jpegs(_SIZE)
    with tempfile.TemporaryDirectory(dir=context.folder) as folder:
        own, video = Path(folder) / "jpeg.mkv", Path(folder) / "h264.mkv"
        as_jpegs(own, jpegs, _FPS)
        as_h264(video, jpegs, _FPS)
        cases = {
            "JPEG passed through": _Case(own),
            f"JPEG passed through to {len(_TASKS)} tasks": _Case(own, tasks=len(_TASKS)),
            f"JPEG made {_SMALLER.width}x{_SMALLER.height}": _Case(own, _SMALLER),
            "H.264": _Case(video),
            f"H.264 to {len(_TASKS)} tasks": _Case(video, tasks=len(_TASKS)),
        }
        figures = await _cases(context, cases)
        counted, curve = await _counts(context, own)
    return Findings([*figures, *counted], [curve])


async def _cases(context: Context, cases: dict[str, _Case]) -> list[Figure]:
    async with AsyncExitStack() as stack:
        takers: dict[str, Callable[[], Awaitable[float]]] = {}
        for name, case in cases.items():
            context.say(f"  {name}")
            bench = await stack.enter_async_context(rig(context))
            site = await stack.enter_async_context(
                cameras(bench, case.film, context.worker_core, case.options)
            )
            takers[name] = _taker(bench, site, case)
            if case.tasks == 1:
                takers[f"{name}, alone"] = _alone_taker(context, case)
        cost = await interleaved(context.rounds, takers)
    passed, shrunk, video = (name for name, case in cases.items() if case.tasks == 1)
    fanned, video_fanned = (name for name, case in cases.items() if case.tasks > 1)
    return [
        Figure("passed through ÷ made smaller", ratios(cost[passed], cost[shrunk])),
        Figure(f"{fanned} ÷ to one", ratios(cost[fanned], cost[passed])),
        Figure(f"{video_fanned} ÷ to one", ratios(cost[video_fanned], cost[video])),
        Figure(f"{shrunk} ÷ the same alone", ratios(cost[shrunk], cost[f"{shrunk}, alone"])),
        Figure(f"{video} ÷ the same alone", ratios(cost[video], cost[f"{video}, alone"])),
        *(
            Figure(name, [one * 1e3 for one in samples], "core-ms per frame")
            for name, samples in cost.items()
        ),
    ]


def _taker(bench: Rig, site: Cameras, case: _Case) -> Callable[[], Awaitable[float]]:
    async def take() -> float:
        await site.set_count(1, _TASKS[: case.tasks])
        await asyncio.sleep(_SETTLE)
        cost = await _cost(bench, site)
        await site.set_count(0, ())
        return cost

    return take


async def _cost(bench: Rig, site: Cameras) -> float:
    """Core-seconds of the service per frame."""
    before, spent = await _pushed(bench), CpuTime((site.service.pid,))
    await asyncio.sleep(2 * bench.context.seconds)
    cpu = spent.cpu
    return cpu / max(1, await _pushed(bench) - before)


async def _pushed(bench: Rig) -> int:
    return (await bench.ledger(_TASKS[0])).total.pushed


def _alone_taker(context: Context, case: _Case) -> Callable[[], Awaitable[float]]:
    async def take() -> float:
        return await asyncio.to_thread(_alone, case, context.seconds / 2, context.worker_core)

    return take


def _alone(case: _Case, seconds: float, core: frozenset[int]) -> float:
    """Core-seconds to demux, decode and encode one frame, without the service."""
    os.sched_setaffinity(0, core)  # affects only this thread
    how = OpenOptions(str(case.film), case.film.name)
    count, began, cpu = 0, time.monotonic(), time.thread_time()
    while time.monotonic() - began < seconds:
        with open_container(how) as (container, stream):
            for timed in timed_pictures(container, stream, how.read_seconds):
                assert not isinstance(timed.picture, DamagedPicture)  # noqa: S101 - the film was just written
                timed.picture.finish(case.form)
                count += 1
    return (time.thread_time() - cpu) / count


async def _counts(context: Context, film: Path) -> tuple[list[Figure], Curve]:
    """Cost of a frame by number of cameras in one process."""
    async with rig(context) as bench, cameras(bench, film, context.worker_core) as site:

        def taker(count: int) -> Callable[[], Awaitable[float]]:
            async def take() -> float:
                await site.set_count(count, _TASKS[:1])
                await asyncio.sleep(_SETTLE)
                return await _cost(bench, site)

            return take

        samples = await interleaved(context.rounds, {str(count): taker(count) for count in _COUNTS})
    figures = [
        Figure(f"{count} cameras in one process", [one * 1e3 for one in taken], "core-ms per frame")
        for count, taken in samples.items()
    ]
    points = [(count, figure.median) for count, figure in zip(_COUNTS, figures, strict=True)]
    curve = Curve(
        "Cost of capture", "cameras in one process", "core-ms per frame", {"passed through": points}
    )
    return figures, curve


STREAMS = Measurement(
    "streams",
    f"Core time of the streams service per frame of a {_SIZE[0]}x{_SIZE[1]} camera at {_FPS} per "
    "second: JPEGs passed through or reduced, and H.264; for one task and for several.",
    _measure,
)
