"""Fan-out: cost of a message to a viewer, compared with bare `websockets` servers."""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tools.bench.context import Context, interleaved
from tools.bench.fanout.crowds import Crowd, watching
from tools.bench.fanout.servers import FanoutServer, bare, gateway
from tools.bench.fanout.source import FanoutSource
from tools.bench.measurement import Curve, Figure, Findings, Measurement, Target, percentile, ratios
from tools.bench.processes import CpuTime, pin
from tools.bench.rig import Rig, rig

__all__ = ["GATEWAY"]

_TASK = "face"
_FPS = 15.0
_BYTES = 60_000
_VIEWERS = (1, 10, 100, 500)
#: Viewers of the target, and additional stalled viewers.
_CROWD, _STALLED = 100, 20
#: Results per second that saturate every server on one core.
_FLOOD_FPS = 400.0
#: Length of a sample of ages, in samples of cost: the 99th percentile needs many messages.
_AGES = 3
#: Seconds until the last message has arrived and a server has registered new viewers.
_SETTLE = 0.3


@dataclass(frozen=True, slots=True)
class _Sample:
    """Messages of a crowd, and their cost for the server.

    Attributes:
        messages: received messages.
        expected: messages if every viewer had received each one.
        cpu: CPU time of the server, core-seconds.
        wall: wall time, seconds.
        age_p99: 99th percentile of the ages from `inferred_at` to arrival, milliseconds.
    """

    messages: int
    expected: int
    cpu: float
    wall: float
    age_p99: float

    @property
    def cost_us(self) -> float:
        """Core-microseconds of the server per received message."""
        return self.cpu * 1e6 / max(self.messages, 1)


@dataclass(frozen=True, slots=True)
class _Contender:
    """A server and the source of its stream."""

    server: FanoutServer
    source: FanoutSource
    context: Context

    async def sample(
        self, viewers: int, *, stalled: int = 0, fps: float = _FPS, seconds: float = 0.0
    ) -> _Sample:
        """Measure a crowd for one sample."""
        cores = self.context.other_cores
        async with AsyncExitStack() as stack:
            crowd = await stack.enter_async_context(watching(self.server, viewers, cores))
            if stalled:
                stalled_crowd = watching(self.server, stalled, cores, stalled=True)
                await stack.enter_async_context(stalled_crowd)
            await self._warm_up(crowd)
            if stalled:  # until their buffers are full
                await self.source.play(4 * _FPS, 1)
                await crowd.round()
            spent = CpuTime((self.server.pid,))
            count = await self.source.play(fps, seconds or self.context.seconds)
            await asyncio.sleep(_SETTLE)
            cpu, wall = spent.cpu, spent.wall
            seen = await crowd.round()
        return _Sample(seen.messages, count * viewers, cpu, wall, percentile(seen.ages_ms, 0.99))

    async def _warm_up(self, crowd: Crowd) -> None:
        """Wait until every viewer receives every message."""
        while True:
            count = await self.source.play(_FPS, 0.2)
            await asyncio.sleep(_SETTLE)
            if (await crowd.round()).messages >= count * crowd.viewers:
                return


@asynccontextmanager
async def _contenders(bench: Rig) -> AsyncIterator[dict[str, _Contender]]:
    picture = os.urandom(_BYTES)
    async with AsyncExitStack() as stack:

        async def enter(name: str) -> _Contender:
            source = FanoutSource(bench, name, _TASK, picture)
            beating = asyncio.create_task(source.beat())
            stack.push_async_callback(_ended, beating)
            started = (
                gateway(bench, source.stream, bench.context.worker_core)
                if name == "gateway"
                else bare(bench, source.stream, name)
            )
            return _Contender(await stack.enter_async_context(started), source, bench.context)

        yield {name: await enter(name) for name in ("gateway", "mailbox", "broadcast")}


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _measure(context: Context) -> Findings:
    pin(os.getpid(), context.other_cores)
    async with rig(context) as bench, _contenders(bench) as contenders:
        figures: list[Figure] = []
        series: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
        for viewers in (_CROWD,) if context.quick else _VIEWERS:
            context.say(f"  {viewers} viewers")
            costs = await _costs(contenders, viewers)
            figures += _compared(costs, viewers)
            for name, samples in costs.items():
                cost = statistics.median(sample.cost_us for sample in samples)
                series[name].append((viewers, cost))
        figures += await _saturated(contenders)
        figures += await _stalled(contenders["gateway"])
        figures.append(await _idle(contenders["gateway"]))
    return Findings(
        figures, [Curve("Cost of fan-out", "viewers", "core-µs per message and viewer", series)]
    )


async def _costs(contenders: dict[str, _Contender], viewers: int) -> dict[str, list[_Sample]]:
    def taker(contender: _Contender) -> Callable[[], Awaitable[_Sample]]:
        return lambda: contender.sample(viewers)

    rounds = contenders["gateway"].context.rounds
    return await interleaved(rounds, {name: taker(one) for name, one in contenders.items()})


def _compared(costs: dict[str, list[_Sample]], viewers: int) -> list[Figure]:
    cost = {name: [sample.cost_us for sample in samples] for name, samples in costs.items()}
    target = Target.at_least(0.85) if viewers == _CROWD else None
    return [
        Figure(
            f"messages per core ÷ bare mailboxes, {viewers} viewers",
            ratios(cost["mailbox"], cost["gateway"]), target=target,
        ),
        Figure(
            f"messages per core ÷ broadcast, {viewers} viewers",
            ratios(cost["broadcast"], cost["gateway"]),
        ),
        *(
            Figure(f"{name}, {viewers} viewers", taken, "core-µs per message")
            for name, taken in cost.items()
        ),
        Figure(
            f"delivered by the gateway, {viewers} viewers",
            [sample.messages / sample.expected for sample in costs["gateway"]],
        ),
    ]  # fmt: skip


async def _saturated(contenders: dict[str, _Contender]) -> list[Figure]:
    """Messages per second under saturation.

    Without the broadcast server, whose unsent messages would accumulate in memory.
    """

    def taker(contender: _Contender) -> Callable[[], Awaitable[_Sample]]:
        return lambda: contender.sample(_CROWD, fps=_FLOOD_FPS)

    some = {name: taker(contenders[name]) for name in ("gateway", "mailbox")}
    samples = await interleaved(contenders["gateway"].context.rounds, some)
    rates = {name: [one.messages / one.wall for one in taken] for name, taken in samples.items()}
    return [
        Figure("delivered ÷ bare mailboxes, saturated", ratios(rates["gateway"], rates["mailbox"])),
        *(Figure(f"{name}, saturated", taken, "messages/s") for name, taken in rates.items()),
    ]


async def _stalled(contender: _Contender) -> list[Figure]:
    seconds = _AGES * contender.context.seconds
    samples = await interleaved(
        contender.context.rounds,
        {
            "without": lambda: contender.sample(_CROWD, seconds=seconds),
            "with": lambda: contender.sample(_CROWD, stalled=_STALLED, seconds=seconds),
        },
    )
    ages = {name: [one.age_p99 for one in taken] for name, taken in samples.items()}
    return [
        Figure(
            f"others' p99 age with {_STALLED} stalled viewers ÷ without",
            ratios(ages["with"], ages["without"]), target=Target(1.05),
        ),
        *(Figure(f"p99 age {name} stalled viewers", taken, "ms") for name, taken in ages.items()),
    ]  # fmt: skip


async def _idle(contender: _Contender) -> Figure:
    async def idle() -> float:
        spent = CpuTime((contender.server.pid,))
        await asyncio.sleep(contender.context.seconds)
        return spent.cpu / spent.wall * 1e3

    samples = await interleaved(contender.context.rounds, {"idle": idle})
    return Figure("gateway without viewers", samples["idle"], "core-ms/s")


GATEWAY = Measurement(
    "gateway",
    f"Core time of the gateway for each {_BYTES // 1000}-kB message to each viewer at {_FPS:g} per "
    "second, compared with bare websockets servers (mailboxes; broadcast).",
    _measure,
)
