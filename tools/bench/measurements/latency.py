"""Age of results since capture at several loads, and fairness under overload."""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from apps.pipeline.live_queue.ledger import StreamLedger
from apps.pipeline.messages import Result, stream_id, wire
from apps.pipeline.results.result_feed import ResultFeed
from tools.bench.baseline.reference import reference
from tools.bench.context import Context, rotated
from tools.bench.fairness import fair_shares, jain
from tools.bench.load import LoadCamera, drained, saturated
from tools.bench.measurement import Curve, Figure, Findings, Measurement, Target, ratios
from tools.bench.processes import pin
from tools.bench.rig import Rig, rig, started_worker

__all__ = ["LATENCY"]

_SIZE = (1280, 720)
_LOADS = (0.3, 0.6, 0.9, 1.5, 2.0)
_AIMED_LOAD = 0.6
_P50, _P99 = 1.5, 3.0
_CAMERAS = 6
#: Relative rates of cameras that share a worker.
_UNEQUAL = (1.0, 1.0, 2.0, 3.0, 5.0, 10.0)
_JAIN = 0.95
_LOST = 0.02
#: Seconds before ages are recorded, until the queue has settled.
_WARM_SECONDS = 2.0


@dataclass(slots=True)
class _Heard:
    """Ages of results at a listener.

    Attributes:
        ages: seconds from capture to arrival here.
    """

    rig: Rig
    ages: list[float] = field(default_factory=list)

    def deliver(self, _stream: str, data: bytes) -> None:
        """Record the age of one result."""
        result = wire.decode(Result, data)
        self.ages.append((self.rig.clock.now() - result.captured_at) / 1e6)

    def forget(self) -> None:
        """Discard the recorded ages."""
        self.ages.clear()


@dataclass(frozen=True, slots=True)
class _Service:
    """Counts of one stream's frames during a period."""

    pushed: int
    inferred: int
    dropped: int

    @classmethod
    def between(cls, before: StreamLedger, after: StreamLedger) -> _Service:
        """Difference of two readings of the ledger."""
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

    async def load(self, rates: Mapping[str, float], seconds: float) -> dict[str, _Service]:
        """Run evenly phased cameras and record the ages of their results.

        Args:
            rates: frames per second by stream.
            seconds: duration of the recording.

        Returns:
            Counts of the frames by stream.
        """
        jpegs = self.rig.context.frames.jpegs(_SIZE)
        filming = []
        for place, (name, fps) in enumerate(rates.items()):
            camera = LoadCamera(self.rig, self.task, name, jpegs)
            filming.append(asyncio.create_task(camera.film(fps, place / len(rates))))
        try:
            await asyncio.sleep(_WARM_SECONDS)
            before = (await self.rig.ledger(self.task)).streams
            self.heard.forget()
            await asyncio.sleep(seconds)
            ages = list(self.heard.ages)
            after = (await self.rig.ledger(self.task)).streams
        finally:
            for task in filming:
                task.cancel()
            await asyncio.gather(*filming, return_exceptions=True)
        await drained(self.rig, self.task)
        self.heard.ages = ages
        return {name: _Service.between(before[name], after[name]) for name in rates}


@dataclass(frozen=True, slots=True)
class _Ages:
    """Ages at one load, seconds."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class _Round:
    """Limit, capacity and ages, measured one after the other.

    Attributes:
        alone: decode and infer without other load on the core, seconds.
        capacity: capacity of the worker, frames per second.
        ages: ages by load.
    """

    alone: float
    capacity: float
    ages: Mapping[float, _Ages]


async def _measure(context: Context) -> Findings:
    pin(os.getpid(), context.other_cores)  # this process is the load and the listener
    subject, jpegs = context.subjects[0], context.frames.jpegs(_SIZE)
    async with AsyncExitStack() as stack:
        bench = await stack.enter_async_context(rig(context))
        worker = await stack.enter_async_context(
            started_worker(bench, subject, context.worker_core)
        )
        beside = await stack.enter_async_context(reference(context, subject, context.worker_core))
        heard = _Heard(bench)
        feed = ResultFeed(bench.redis, heard.deliver)
        for place in range(_CAMERAS):
            feed.listen(stream_id.join(f"camera-{place}", subject.task))
        listening = asyncio.create_task(feed.run())
        made = _Bench(bench, subject.task, heard)
        rounds: list[_Round] = []
        try:
            for number in range(context.rounds):
                capacity = (await saturated(bench, subject.task, (worker.pid,), jpegs)).rate
                # wall time of one frame without other load on the core equals its core-seconds
                alone = (await beside.floor(jpegs, context.seconds)).cost
                context.say(f"  {capacity:.1f} frames/s, {1000 * alone:.1f} ms a frame alone")
                loads = rotated(_LOADS, number)
                ages = {load: await _at(made, load * capacity) for load in loads}
                rounds.append(_Round(alone, capacity, ages))
            unequal = await _unequal(made, rounds[-1].capacity)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    figures = [
        Figure("decode + infer alone", [1000 * one.alone for one in rounds], "ms"),
        Figure("capacity", [one.capacity for one in rounds], "frames/s"),
        *(figure for load in _LOADS for figure in _figures(rounds, load)),
    ]
    return Findings([*figures, *unequal], [_curve(figures)])


def _figures(rounds: Sequence[_Round], load: float) -> list[Figure]:
    """Ages at one load, as ratios to a single frame and in milliseconds."""
    ages, alone = [one.ages[load] for one in rounds], [one.alone for one in rounds]
    parts = {
        "p50": [age.p50 for age in ages],
        "p95": [age.p95 for age in ages],
        "p99": [age.p99 for age in ages],
    }
    targets = {"p50": Target(_P50), "p99": Target(_P99)} if load == _AIMED_LOAD else {}
    return [
        *(
            Figure(
                f"age {part} ÷ alone, {load:.0%} load", ratios(parts[part], alone),
                target=targets.get(part),
            )
            for part in ("p50", "p99")
        ),
        *(
            Figure(_age_name(part, load), [1000 * age for age in some], "ms")
            for part, some in parts.items()
        ),
    ]  # fmt: skip


def _age_name(part: str, load: float) -> str:
    return f"age {part}, {load:.0%} load"


async def _at(bench: _Bench, fps: float) -> _Ages:
    seconds = bench.rig.context.seconds
    await bench.load({f"camera-{place}": fps / _CAMERAS for place in range(_CAMERAS)}, seconds)
    cuts = statistics.quantiles(bench.heard.ages, n=100)
    return _Ages(cuts[49], cuts[94], cuts[98])


async def _unequal(bench: _Bench, capacity: float) -> list[Figure]:
    """Fairness at twice the capacity, with cameras of different rates."""
    bench.rig.context.say("  200% from unequal cameras")
    unit = 2 * capacity / sum(_UNEQUAL)
    rates = {f"unequal-{place}": unit * rate for place, rate in enumerate(_UNEQUAL)}
    context = bench.rig.context
    services = await bench.load(rates, (2 if context.quick else 5) * context.seconds)
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


def _curve(figures: Sequence[Figure]) -> Curve:
    median = {figure.name: figure.median for figure in figures}
    parts = {
        part: [(100 * load, median[_age_name(part, load)]) for load in _LOADS]
        for part in ("p50", "p95", "p99")
    }
    return Curve("Age from capture to result", "load, % of capacity", "age, ms", parts)


LATENCY = Measurement(
    "latency",
    "Age of results from capture to a listener, at 30 to 200 % load from evenly phased "
    "cameras, and fairness between cameras of different rates at 200 %.",
    _measure,
)
