"""One run of everything that can go wrong between producers, Redis and workers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from apps.local.redis_server import RedisServer
from apps.pipeline.keys import LIVE_PARTS, live_keys
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.ledger import Ledger, StreamLedger
from apps.pipeline.registry.heartbeats import Registry
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE, connect
from tests.integration.pipeline.notes import read_notes
from tests.integration.pipeline.producers import LIMITS
from tests.integration.pipeline.tally import Tally
from tests.support.waiting import until_true

__all__ = ["ConservationRun", "Plan"]

_LEASE_SECONDS = 1.5
#: Longest wait for anything to happen, on a machine that has other things to do as well.
_PATIENCE_SECONDS = 300
_HERE = "tests.integration.pipeline"
_LOST = live_keys("face")[1 + LIVE_PARTS.index("lost")]


@dataclass(frozen=True)
class Plan:
    """How much of everything.

    Attributes:
        ours: frames of our producers.
        foreign: frames of the producer that knows only RPUSH.
        troubles: what happens, one after the other: `kill` and
            `stop_worker`, of a worker by chance; `kill_all`, while they hold frames; `stop_redis`;
            `pause_clients`.
        again: the troubles begin anew until the producers are done.
        redis_stopped: seconds that Redis is stopped, each time.
        frame_ms: milliseconds that a frame takes a slot of a worker, of which it has four.
        mutant: fault in the scripts; empty for none.
        seed: of what is left to chance.
    """

    ours: int
    foreign: int
    troubles: tuple[str, ...] = ("kill_all", "pause_clients", "kill", "stop_redis", "stop_worker")
    again: bool = True
    redis_stopped: float = 3.0
    frame_ms: float = 1.0
    mutant: str = ""
    seed: int = 1


@dataclass
class ConservationRun:
    """Three workers, four producers, and trouble.

    Attributes:
        server: the Redis of this run.
        folder: for the workers' notes.
        plan: how much of everything.
        troubles: what was done, in order.
    """

    server: RedisServer
    folder: Path
    plan: Plan
    troubles: list[str] = field(default_factory=list)
    _workers: list[asyncio.subprocess.Process] = field(default_factory=list)
    _processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def account(self) -> tuple[Ledger, Tally]:
        """Run to the end; the ledger at rest, and the independent tally."""
        try:
            ours, foreign = await self._run()
        finally:
            for process in self._processes:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        ledger = await self._swept(lambda ledger: ledger.total.in_flight == 0)
        return ledger, await self._tally(ours, foreign)

    async def _run(self) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
        """Producers, workers and trouble; what the producers were answered."""
        for _ in range(3):
            self._workers.append(await self._worker())
        producers = [
            await self._python("producers", str(self.plan.ours), self.plan.mutant),
            await self._python("foreign_producer", str(self.plan.foreign)),
        ]
        async with asyncio.TaskGroup() as group:
            said = [group.create_task(producer.communicate()) for producer in producers]
            await self._make_trouble(lambda: all(task.done() for task in said))
        ours, foreign = [json.loads(task.result()[0]) for task in said]
        await self._swept(lambda ledger: ledger.total.queued == 0)
        await self._all_at_work()
        for worker in self._workers:
            worker.terminate()
        assert [await worker.wait() for worker in self._workers] == [0, 0, 0]
        return ours, foreign

    async def _worker(self) -> asyncio.subprocess.Process:
        notes = self.folder / f"notes-{len(self._processes)}"
        notes.touch()
        return await self._python(
            "recording_worker", str(notes), self.plan.mutant,
            "--model", f"stub:slots=4,ms={self.plan.frame_ms:g}", "--cores", "1",
            "--metrics-port", "0", "--lease", str(_LEASE_SECONDS), "--freshness", "1",
            "--queue-timeout", "1",
            "--queue-socket", self.server.socket_path, "--log-level", "ERROR",
            "--queue-items", str(LIMITS.queue_items), "--queue-bytes", str(LIMITS.queue_bytes),
            "--frame-bytes", str(LIMITS.frame_bytes), socket=False,
        )  # fmt: skip

    async def _python(
        self, module: str, *arguments: str, socket: bool = True
    ) -> asyncio.subprocess.Process:
        where = (self.server.socket_path,) if socket else ()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"{_HERE}.{module}", *where, *arguments,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._processes.append(process)
        return process

    async def _make_trouble(self, done: Callable[[], bool]) -> None:
        """One trouble after the other, each at least once."""
        draw = random.Random(self.plan.seed)
        ways = {
            "kill": self._kill,
            "kill_all": self._kill_all,
            "pause_clients": self._pause_clients,
            "stop_redis": self._stop_redis,
            "stop_worker": self._stop_worker,
        }
        step = min(self.plan.ours / 20, 4000)
        await self._progress(1, done)
        while True:
            for trouble in self.plan.troubles:
                assert [worker.returncode for worker in self._workers] == [None] * 3
                await ways[trouble](draw.randrange(3))
                self.troubles.append(f"{trouble}{' after the end' if done() else ''}")
                await self._progress(step * draw.uniform(0.5, 1.5), done)
            if done() or not self.plan.again:
                return

    async def _progress(self, frames: float, done: Callable[[], bool]) -> None:
        """Wait until so many more frames are inferred: trouble comes no faster than the work."""
        before = (await self._swept(lambda _: True)).total.inferred
        await self._swept(lambda ledger: done() or ledger.total.inferred >= before + frames)

    async def _kill(self, index: int) -> None:
        self._workers[index].kill()
        await self._workers[index].wait()
        self._workers[index] = await self._worker()

    async def _kill_all(self, _: int) -> None:
        """Freeze all workers, and kill them if they hold frames; else go on and try again."""
        for _ in range(200):
            for worker in self._workers:
                worker.send_signal(signal.SIGSTOP)
            ledger = await self._swept(lambda _: True)
            if ledger.total.in_flight:
                for index in range(len(self._workers)):
                    await self._kill(index)
                return
            for worker in self._workers:
                worker.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.02)
        raise TimeoutError("the workers never held a frame")

    async def _stop_worker(self, index: int) -> None:
        """Let a worker be silent past its lease, and then go on as if nothing had happened."""
        self._workers[index].send_signal(signal.SIGSTOP)
        await asyncio.sleep(_LEASE_SECONDS + 1.5)
        self._workers[index].send_signal(signal.SIGCONT)

    async def _stop_redis(self, _: int) -> None:
        self.server.signal(signal.SIGSTOP)
        await asyncio.sleep(self.plan.redis_stopped)
        self.server.signal(signal.SIGCONT)

    async def _pause_clients(self, _: int) -> None:
        client = connect(self.server.settings, name="trouble")
        await client.client_pause(1500)
        await client.aclose()

    async def _swept(self, enough: Callable[[Ledger], bool]) -> Ledger:
        """Sweep as the gateway does, until the ledger says that it is enough."""
        client = connect(self.server.settings, name="sweeper", timeout=30)
        queue = FrameQueue(client, "face", LIMITS)
        total, changed = StreamLedger(), time.monotonic()
        while True:
            with contextlib.suppress(*UNREACHABLE):
                ledger = await queue.sweep()
                if enough(ledger):
                    break
                if ledger.total != total:
                    total, changed = ledger.total, time.monotonic()
            assert time.monotonic() < changed + _PATIENCE_SECONDS, total
            await asyncio.sleep(0.1)
        await client.aclose()
        return ledger

    async def _all_at_work(self) -> None:
        """Wait until every worker says that it is there: one that starts cannot leave well."""
        client = connect(self.server.settings, name="reader")
        clock = RedisClock()
        await clock.synchronise(client)

        async def there() -> bool:
            beating = {worker.pid for worker in await Registry(client, clock).workers()}
            return {worker.pid for worker in self._workers} <= beating

        await until_true(there, _PATIENCE_SECONDS)
        await client.aclose()

    async def _tally(self, ours: dict[str, dict[str, int]], foreign: dict[str, int]) -> Tally:
        tally = Tally(notes=read_notes(self.folder.glob("notes-*")))
        for stream, answers in ours.items():
            for answer, count in answers.items():
                tally.answered(stream, answer, count)
        for stream, count in foreign.items():
            tally.answered(stream, "accepted", count)
        tally.oversized = Counter(huge=foreign["huge"])
        client = connect(self.server.settings, name="reader")
        tally.read_lost(await client.hgetall(_LOST))
        await client.aclose()
        return tally
