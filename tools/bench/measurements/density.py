"""Density: the number of cameras that the whole system serves on all cores of a machine."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from apps.pipeline.messages import stream_id
from apps.pipeline.results.result_feed import ResultFeed
from tools.bench.cameras import Cameras, cameras
from tools.bench.context import BenchModel, Context
from tools.bench.density import Served, largest
from tools.bench.films import as_jpegs
from tools.bench.measurement import Curve, Figure, Findings, Measurement, percentile
from tools.bench.processes import CpuTime
from tools.bench.rig import Rig, rig, started_worker

__all__ = ["DENSITY"]

_FPS = 15
_SIZE = (1280, 720)
#: Seconds before and in a window. Intel's tool uses 120 and 60; here the workers are ready before
#: the first frame, and a queue of 32 frames settles quickly.
_WARM_UP, _WINDOW = (15.0, 3.0), (60.0, 10.0)
#: Cameras whose cost gives the start value of the search.
_FIRST = 2


class _Head(msgspec.Struct, frozen=True):
    """The fields of a result that are decoded."""

    captured_at: int


@dataclass(slots=True)
class _Site:
    """Cameras, workers, and a listener that records when results arrive."""

    bench: Rig
    subject: BenchModel
    cameras: Cameras
    pids: tuple[int, ...]
    _seen: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    _decoder: msgspec.msgpack.Decoder[_Head] = field(
        default_factory=lambda: msgspec.msgpack.Decoder(_Head)
    )

    def note(self, stream: str, message: bytes) -> None:
        """Record a result."""
        head = self._decoder.decode(message)
        self._seen.setdefault(stream, []).append((head.captured_at, self.bench.clock.now()))

    async def serve(self, count: int) -> tuple[list[Served], float]:
        """Measure a number of cameras: results of each, and core-seconds per second of all."""
        quick = self.bench.context.quick
        await self.cameras.set_count(count, (self.subject.task,))
        await asyncio.sleep(_WARM_UP[quick])
        before, source_before = await self._dropped(), await self.cameras.dropped()
        self._seen.clear()
        spent = CpuTime(self.pids)
        await asyncio.sleep(_WINDOW[quick])
        load = spent.cpu / spent.wall
        seen = dict(self._seen)
        after, source_after = await self._dropped(), await self.cameras.dropped()
        served = []
        for name in self.cameras.names:
            identity = stream_id.join(name, self.subject.task)
            dropped = after.get(name, 0) - before.get(name, 0)
            dropped += source_after.get(identity, 0) - source_before.get(identity, 0)
            served.append(_served(seen.get(identity, ()), dropped))
        return served, load

    async def _dropped(self) -> dict[str, int]:
        streams = (await self.bench.ledger(self.subject.task)).streams
        return {name: sum(ledger.dropped.values()) for name, ledger in streams.items()}


def _served(results: Sequence[tuple[int, int]], dropped: int) -> Served:
    """Results of one camera.

    Args:
        results: capture time and arrival time of each result, microseconds.
        dropped: frames without a result.
    """
    captured = sorted(at for at, _ in results)
    seconds = (captured[-1] - captured[0]) / 1e6 if len(captured) > 1 else 0.0
    fps = (len(captured) - 1) / seconds if seconds else 0.0
    ages = [(came - at) / 1e3 for at, came in results]
    return Served(fps, len(results) + dropped, dropped, ages)


@asynccontextmanager
async def _site(context: Context, subject: BenchModel, film: Path) -> AsyncIterator[_Site]:
    everywhere = frozenset(context.cores)
    async with (
        rig(context) as bench,
        started_worker(bench, subject, everywhere) as worker,
        cameras(bench, film, everywhere) as cams,
    ):
        assert bench.server.process is not None  # noqa: S101 - it was started
        pids = (bench.server.process.pid, worker.pid, cams.service.pid)
        site = _Site(bench, subject, cams, pids)
        feed = ResultFeed(bench.redis, site.note)
        listening = asyncio.create_task(feed.run())
        try:
            for number in range(200):
                feed.listen(stream_id.join(f"camera-{number:03}", subject.task))
            yield site
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def _measure(context: Context) -> Findings:
    figures: list[Figure] = []
    series: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory(dir=context.folder) as folder:
        film = Path(folder) / "jpeg.mkv"
        as_jpegs(film, context.frames.jpegs(_SIZE), _FPS)
        for subject in context.subjects:
            async with _site(context, subject, film) as site:
                found, ages = await _search(context, site)
            figures += found
            series[subject.label] = ages
    return Findings(
        figures, [Curve("Age by cameras", f"cameras at {_FPS} per second", "p95 age, ms", series)]
    )


async def _search(context: Context, site: _Site) -> tuple[list[Figure], list[tuple[float, float]]]:
    label = site.subject.label
    tried: dict[int, list[Served]] = {}

    async def holds(count: int) -> bool:
        tried[count], _ = await site.serve(count)
        good = sum(one.well for one in tried[count])
        context.say(f"  {label}: {good} of {count} cameras served; {_worst(tried[count])}")
        return good == count

    _, load = await site.serve(_FIRST)
    guess = int(len(context.cores) * _FIRST / load)
    density = await largest(guess, holds)
    ages = [
        (float(count), statistics.median(percentile(one.ages_ms, 0.95) for one in served))
        for count, served in sorted(tried.items())
    ]
    figures = [
        Figure(f"density {label} {_SIZE[0]}x{_SIZE[1]}", [float(density)], "cameras"),
        Figure(f"core time of a camera {label}", [load / _FIRST], "cores", note="of two"),
    ]
    if served := tried.get(density):
        figures += [
            Figure(f"slowest camera {label}", [min(one.fps for one in served)], "fps"),
            Figure(
                f"highest p95 age {label}",
                [max(percentile(one.ages_ms, 0.95) for one in served)],
                "ms",
            ),
        ]
    return figures, ages


def _worst(served: Sequence[Served]) -> str:
    return (
        f"slowest {min(one.fps for one in served):.2f} fps, largest loss "
        f"{max(one.dropped / max(1, one.offered) for one in served):.1%}, highest age "
        f"{max(percentile(one.ages_ms, 0.95) for one in served):.0f} ms (p95)"
    )


DENSITY = Measurement(
    "density",
    f"The most {_SIZE[0]}x{_SIZE[1]} cameras of {_FPS} per second that each get 14.95, lose "
    "under 1 % and have an age of at most 200 ms (p95); the whole system on all cores.",
    _measure,
)
