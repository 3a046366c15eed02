"""Latency from capture until the dashboard displays the picture with its boxes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from apps.pipeline.messages import Result, wire
from apps.pipeline.results.result_feed import ResultFeed
from tools.bench.context import BenchModel, Context, interleaved
from tools.bench.fanout.servers import gateway
from tools.bench.fanout.source import FanoutSource
from tools.bench.load import LoadCamera, saturated
from tools.bench.measurement import Figure, Findings, Measurement, percentile
from tools.bench.processes import pin
from tools.bench.rig import Rig, rig, started_worker
from tools.browser.chromium import Browser, what_is_missing

__all__ = ["LATENCY_BROWSER"]

_SIZE = (1280, 720)
_FPS = 15.0
_LOADS = (0.3, 0.6, 0.9)
_SHARES = (0.5, 0.95, 0.99)
#: Number of unwatched, evenly phased cameras that provide the rest of the load.
_OTHERS = 3
#: Length of a sample, in samples of cost, and seconds before it.
_LONGER, _SETTLE = 4, 2.0
_SCRIPT = Path(__file__).parents[1] / "ages.js"


@dataclass(slots=True)
class _Watched:
    """One camera that a browser watches, and others that load the worker."""

    bench: Rig
    subject: BenchModel
    browser: Browser
    capacity: float
    results: list[float] = field(default_factory=list)

    def hear(self, _: str, message: bytes) -> None:
        """Record the age of a result of the watched camera."""
        captured = wire.decode(Result, message).captured_at
        self.results.append((self.bench.clock.now() - captured) / 1e3)

    async def sample(self, load: float) -> dict[str, list[float]]:
        """Ages at a share of the worker's capacity, milliseconds, at `result` and `browser`."""
        context = self.bench.context
        jpegs = context.frames.jpegs(_SIZE)
        rest = max(0.0, load * self.capacity - _FPS) / _OTHERS
        films = [LoadCamera(self.bench, self.subject.task, "watched", jpegs).film(_FPS, 0.0)]
        for number in range(_OTHERS if rest else 0):
            other = LoadCamera(self.bench, self.subject.task, f"other-{number}", jpegs)
            films.append(other.film(rest, (number + 0.5) / _OTHERS))
        tasks = [asyncio.create_task(film) for film in films]
        try:
            await asyncio.sleep(_SETTLE)
            await self.browser.evaluate("takeAges()")
            self.results.clear()
            await asyncio.sleep(_LONGER * context.seconds)
            seen = await self.browser.evaluate("takeAges()")
            return {"result": self.results.copy(), "browser": [float(age) for age in seen]}
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _measure(context: Context) -> Findings:
    if missing := what_is_missing():
        context.say(f"  skipped: {missing} (tools/build-dashboard.sh builds the dashboard)")
        return Findings()
    pin(os.getpid(), context.other_cores)
    async with rig(context) as bench, _scene(bench, context.subjects[0]) as watched:

        def taker(load: float) -> Callable[[], Awaitable[dict[str, list[float]]]]:
            return lambda: watched.sample(load)

        samples = await interleaved(context.rounds, {f"{load:.0%}": taker(load) for load in _LOADS})
    return Findings([*_figures(samples)])


@asynccontextmanager
async def _scene(bench: Rig, subject: BenchModel) -> AsyncIterator[_Watched]:
    """A worker, a gateway, and a browser with the page of one stream."""
    context = bench.context
    for _ in range(8):  # the browser reads the machine's clock, so ours must match it closely
        await bench.clock.synchronise(bench.redis)
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(
            started_worker(bench, subject, context.worker_core)
        )
        jpegs = context.frames.jpegs(_SIZE)
        capacity = (await saturated(bench, subject.task, (worker.pid,), jpegs)).rate
        source = FanoutSource(bench, "watched", subject.task)
        stack.push_async_callback(_ended, asyncio.create_task(source.beat()))
        server = await stack.enter_async_context(gateway(bench, source.stream, context.other_cores))
        browser = Browser(context.folder / "profile")
        await browser.start()
        stack.push_async_callback(browser.close)
        await browser.call("page", "addInitScript", {"content": _SCRIPT.read_text("utf-8")})
        page = f"http://127.0.0.1:{server.port}/#/streams/watched%3A{subject.task}"
        await browser.call("page", "goto", page)
        watched = _Watched(bench, subject, browser, capacity)
        feed = ResultFeed(bench.redis, watched.hear)
        feed.listen(source.stream)
        stack.push_async_callback(_ended, asyncio.create_task(feed.run()))
        await _until_shown(watched)
        yield watched


async def _until_shown(watched: _Watched) -> None:
    """Wait until the page shows pictures.

    Raises:
        BrowserError: The page shows none.
    """
    jpegs = watched.bench.context.frames.jpegs(_SIZE)
    camera = LoadCamera(watched.bench, watched.subject.task, "watched", jpegs)
    filming = asyncio.create_task(camera.film(_FPS, 0.0))
    try:
        await watched.browser.until("takeAges().length > 0", 60)
    finally:
        await _ended(filming)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _figures(samples: Mapping[str, Sequence[Mapping[str, Sequence[float]]]]) -> list[Figure]:
    figures = []
    for load, rounds in samples.items():
        for place in ("result", "browser"):
            figures += [
                Figure(
                    f"capture → {place}, p{100 * share:g}, at {load} load",
                    [percentile(ages[place], share) for ages in rounds], "ms",
                )
                for share in _SHARES
            ]  # fmt: skip
        shown = [len(ages["browser"]) / max(1, len(ages["result"])) for ages in rounds]
        figures.append(Figure(f"pictures shown ÷ results, at {load} load", shown))
    return figures


LATENCY_BROWSER = Measurement(
    "latency-browser",
    f"From capture of a {_SIZE[0]}x{_SIZE[1]} picture to the publication of its result and to "
    "the display of both in a headless Chromium, at several loads of the worker.",
    _measure,
)
