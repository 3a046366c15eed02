"""One run with all faults that can occur between producers, Redis and workers."""

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
from tests.integration.pipeline.expected_ledger import ExpectedLedger
from tests.integration.pipeline.producers import LIMITS
from tests.integration.pipeline.worker_log import read_worker_logs
from tests.support.waiting import until_true

__all__ = ["ConservationPlan", "ConservationRun"]

_LEASE_SECONDS = 1.5
#: Longest wait for progress on a busy machine, seconds.
_PATIENCE_SECONDS = 300
_HERE = "tests.integration.pipeline"
_LOST = live_keys("face")[1 + LIVE_PARTS.index("lost")]


@dataclass(frozen=True)
class ConservationPlan:
    """Parameters of a run.

    Attributes:
        ours: frames of the producers that use `FrameQueue`.
        foreign: frames of the producer that uses RPUSH.
        troubles: faults in order: `kill` and `stop_worker` (a random worker), `kill_all` (while
            workers hold frames), `stop_redis`, `pause_clients`.
        again: whether the faults repeat until the producers have finished.
        redis_stopped: length of each stop of Redis, seconds.
        frame_ms: time per frame in each of the four slots of a worker, milliseconds.
        mutant: name of a mutant of the scripts; empty for none.
        seed: random seed.
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
    """Three workers and four producers under faults.

    Attributes:
        server: Redis server of this run.
        folder: folder of the logs of the workers.
        plan: parameters of the run.
        troubles: faults that occurred, in order.
    """

    server: RedisServer
    folder: Path
    plan: ConservationPlan
    troubles: list[str] = field(default_factory=list)
    _workers: list[asyncio.subprocess.Process] = field(default_factory=list)
    _processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def account(self) -> tuple[Ledger, ExpectedLedger]:
        """Run to the end; returns the final ledger and the expected ledger."""
        try:
            ours, foreign = await self._run()
        finally:
            for process in self._processes:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        ledger = await self._swept(lambda ledger: ledger.total.in_flight == 0)
        return ledger, await self._expected(ours, foreign)

    async def _run(self) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
        """Run producers, workers and faults; returns the answers to the producers."""
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
        notes = self.folder / f"worker-{len(self._processes)}"
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
        """Cause the faults one after the other, each at least once."""
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
        """Wait until this many more frames were inferred, so that workers make progress."""
        before = (await self._swept(lambda _: True)).total.inferred
        await self._swept(lambda ledger: done() or ledger.total.inferred >= before + frames)

    async def _kill(self, index: int) -> None:
        self._workers[index].kill()
        await self._workers[index].wait()
        self._workers[index] = await self._worker()

    async def _kill_all(self, _: int) -> None:
        """Stop all workers, and kill them if they hold frames; otherwise continue and try again."""
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
        raise TimeoutError("The workers never held a frame")

    async def _stop_worker(self, index: int) -> None:
        """Stop a worker for longer than its lease, and then let it continue."""
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
        """Sweep as the gateway does, until the ledger satisfies a condition."""
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
        """Wait for the heartbeats of all workers: a starting worker cannot stop gracefully."""
        client = connect(self.server.settings, name="reader")
        clock = RedisClock()
        await clock.synchronise(client)

        async def there() -> bool:
            beating = {worker.pid for worker in await Registry(client, clock).workers()}
            return {worker.pid for worker in self._workers} <= beating

        await until_true(there, _PATIENCE_SECONDS)
        await client.aclose()

    async def _expected(
        self, ours: dict[str, dict[str, int]], foreign: dict[str, int]
    ) -> ExpectedLedger:
        expected = ExpectedLedger(workers=read_worker_logs(self.folder.glob("worker-*")))
        for stream, answers in ours.items():
            for answer, count in answers.items():
                expected.answered(stream, answer, count)
        for stream, count in foreign.items():
            expected.answered(stream, "accepted", count)
        expected.oversized = Counter(huge=foreign["huge"])
        client = connect(self.server.settings, name="reader")
        expected.read_lost(await client.hgetall(_LOST))
        await client.aclose()
        return expected
