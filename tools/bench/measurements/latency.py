"""Age of results from capture, at several loads; and who gets what when there is too much."""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from apps.pipeline import stream_id, wire
from apps.pipeline.ledger import StreamLedger
from apps.pipeline.messages import Result
from apps.pipeline.results import ResultFeed
from tools.bench.context import Context
from tools.bench.fairness import fair_shares, jain
from tools.bench.load import Camera, drained, saturated
from tools.bench.measurement import Curve, Figure, Findings, Measurement, Target
from tools.bench.processes import pin
from tools.bench.reference import reference
from tools.bench.rig import Rig, rig, started_worker

__all__ = ["LATENCY"]

_SIZE = (1280, 720)
_LOADS = (0.3, 0.6, 0.9, 1.5, 2.0)
_AIMED_LOAD = 0.6
_P50, _P99 = 1.5, 3.0
_CAMERAS = 6
#: Rates of cameras that share a worker, as multiples; the last is ten times the first.
_UNEQUAL = (1.0, 1.0, 2.0, 3.0, 5.0, 10.0)
_JAIN = 0.95
_LOST = 0.02
#: Of a load, before its ages count: the queue must have found its length.
_WARM_SECONDS = 2.0


@dataclass(slots=True)
class _Heard:
    """Results as somebody who listens gets them.

    Attributes:
        ages: seconds from capture to arrival here.
    """

    rig: Rig
    ages: list[float] = field(default_factory=list)

    def deliver(self, _stream: str, data: bytes) -> None:
        """One result arrived."""
        result = wire.decode(Result, data)
        self.ages.append((self.rig.clock.now() - result.captured_at) / 1e6)

    def forget(self) -> None:
        """Begin to count."""
        self.ages.clear()


@dataclass(frozen=True, slots=True)
class _Service:
    """What became of one stream's frames for a while."""

    pushed: int
    inferred: int
    dropped: int

    @classmethod
    def between(cls, before: StreamLedger, after: StreamLedger) -> _Service:
        """What the books say at its end, less what they said at its beginning."""
        return cls(
            after.pushed - before.pushed,
            after.inferred - before.inferred,
            sum(after.dropped.values()) - sum(before.dropped.values()),
        )


@dataclass(frozen=True, slots=True)
class _Bench:
    rig: Rig
    task: str
    heard: _Heard
    seconds: float

    async def load(self, rates: Mapping[str, float]) -> dict[str, _Service]:
        """Cameras of these rates, evenly phased; what was heard of them is kept.

        Returns:
            By stream, what became of its frames while all of them filmed.
        """
        jpegs = self.rig.context.frames.jpegs(_SIZE)
        filming = []
        for place, (name, fps) in enumerate(rates.items()):
            camera = Camera(self.rig, self.task, name, jpegs)
            filming.append(asyncio.create_task(camera.film(fps, place / len(rates))))
        try:
            await asyncio.sleep(_WARM_SECONDS)
            before = (await self.rig.books(self.task)).streams
            self.heard.forget()
            await asyncio.sleep(self.seconds)
            ages = list(self.heard.ages)
            after = (await self.rig.books(self.task)).streams
        finally:
            for task in filming:
                task.cancel()
            await asyncio.gather(*filming, return_exceptions=True)
        await drained(self.rig, self.task)
        self.heard.ages = ages
        return {name: _Service.between(before[name], after[name]) for name in rates}


async def _measure(context: Context) -> Findings:
    pin(os.getpid(), context.other_cores)  # we are the load, and the one who listens
    subject, jpegs = context.subjects[0], context.frames.jpegs(_SIZE)
    async with AsyncExitStack() as stack:
        bench = await stack.enter_async_context(rig(context))
        worker = await stack.enter_async_context(
            started_worker(bench, subject, context.worker_core)
        )
        beside = await stack.enter_async_context(reference(context, subject, context.worker_core))
        capacity = (await saturated(bench, subject.task, (worker.pid,), jpegs)).rate
        # wall time of one frame with nothing else on the core: its core-seconds
        alone = (await beside.floor(jpegs, context.seconds)).cost
        heard = _Heard(bench)
        feed = ResultFeed(bench.redis, heard.deliver)
        for place in range(_CAMERAS):
            feed.listen(stream_id.join(f"camera-{place}", subject.task))
        listening = asyncio.create_task(feed.run())
        made = _Bench(bench, subject.task, heard, (2 if context.quick else 5) * context.seconds)
        try:
            found = [await _at(made, load, capacity, alone) for load in _LOADS]
            unequal = await _unequal(made, capacity)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    figures = [Figure("decode + infer alone", [1000 * alone], "ms"),
               Figure("capacity", [capacity], "frames/s")]  # fmt: skip
    figures += [figure for ages in found for figure in ages.figures(alone)]
    return Findings([*figures, *unequal], [_curve(found)])


@dataclass(frozen=True, slots=True)
class _Ages:
    """Ages at one load, seconds."""

    load: float
    p50: float
    p95: float
    p99: float

    def figures(self, alone: float) -> list[Figure]:
        """Ratios to one frame alone, and milliseconds."""
        name = f"{self.load:.0%} load"
        aimed = self.load == _AIMED_LOAD
        figures = [
            Figure(f"age p50 ÷ alone, {name}", [self.p50 / alone],
                   target=Target(_P50) if aimed else None),
            Figure(f"age p99 ÷ alone, {name}", [self.p99 / alone],
                   target=Target(_P99) if aimed else None),
        ]  # fmt: skip
        for part, age in (("p50", self.p50), ("p95", self.p95), ("p99", self.p99)):
            figures.append(Figure(f"age {part}, {name}", [1000 * age], "ms"))
        return figures


async def _at(bench: _Bench, load: float, capacity: float, alone: float) -> _Ages:
    bench.rig.context.say(
        f"  {load:.0%} of {capacity:.1f} frames/s ({1000 * alone:.1f} ms a frame)"
    )
    each = load * capacity / _CAMERAS
    await bench.load({f"camera-{place}": each for place in range(_CAMERAS)})
    cuts = statistics.quantiles(bench.heard.ages, n=100)
    return _Ages(load, cuts[49], cuts[94], cuts[98])


async def _unequal(bench: _Bench, capacity: float) -> list[Figure]:
    """Twice the capacity, from cameras of different rates."""
    bench.rig.context.say("  200% from unequal cameras")
    unit = 2 * capacity / sum(_UNEQUAL)
    rates = {f"unequal-{place}": unit * rate for place, rate in enumerate(_UNEQUAL)}
    services = await bench.load(rates)
    pushed = {name: float(service.pushed) for name, service in services.items()}
    due = fair_shares(pushed, sum(service.inferred for service in services.values()))
    quiet = [name for name in rates if pushed[name] < 0.9 * max(due.values())]
    lost = max((services[name].dropped / pushed[name] for name in quiet), default=0)
    index = jain([services[name].inferred / due[name] for name in rates])
    return [
        Figure("Jain index of served ÷ fair share, 200% load", [index],
               target=Target.at_least(_JAIN)),
        Figure("lost by a camera below its fair share, 200% load", [lost], target=Target(_LOST),
               note=f"{len(quiet)} such cameras"),
    ]  # fmt: skip


def _curve(found: list[_Ages]) -> Curve:
    parts = {
        "p50": [(100 * ages.load, 1000 * ages.p50) for ages in found],
        "p95": [(100 * ages.load, 1000 * ages.p95) for ages in found],
        "p99": [(100 * ages.load, 1000 * ages.p99) for ages in found],
    }
    return Curve("Age from capture to result", "load, % of capacity", "age, ms", parts)


LATENCY = Measurement(
    "latency",
    "Age of results from capture until a listener has them, at 30 to 200 % load from evenly phased "
    "cameras, and fairness between cameras of different rates at 200 %.",
    _measure,
)
