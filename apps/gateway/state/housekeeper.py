"""Once a second: bound every queue, read what there is, and make the answers of `/api` from it.

Several gateways may do this at the same time: a sweep is one atomic script, and everything else
only reads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from apps.gateway.api import answers
from apps.gateway.settings import GatewaySettings
from apps.gateway.state.gauges import Gauges
from apps.gateway.state.moment import Moment, Window
from apps.gateway.state.presence import Roll
from apps.gateway.state.scaling_history import ScalingHistory
from apps.gateway.state.snapshot import Snapshot, build
from apps.pipeline.job_queue.job_queue import JobQueue
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.messages.stream_id import check_task
from apps.pipeline.registry import scaling_events
from apps.pipeline.registry.heartbeats import Registry
from apps.pipeline.registry.wanted_streams import WantedStreams
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import WireError
from apps.runtime.monotonic import monotonic_us
from apps.runtime.service import Service

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["Housekeeper"]

log = logging.getLogger(__name__)

_SECONDS = 1.0
#: Every so many rounds the key space is looked through for tasks that nobody has told us of.
_SEARCH_ROUNDS = 5
#: Tasks that are swept at most: a writer of nonsense keys must not keep the gateway busy.
_MAX_TASKS = 256
#: How long a caller waits for a look of their own.
_REFRESH_SECONDS = 2.0
#: A snapshot older than this is not shown as if it were true.
_OLD_US = 4_000_000

_NO_REDIS = "Redis does not answer: nothing is known about this stream at the moment"
_PROBLEM = "Redis does not answer, so nothing that is shown here is of now."


class Housekeeper:
    """Keeps the queues bounded and `snapshot` up to date.

    Attributes:
        history: what the scaling page shows.
        first: set once there is a snapshot.
    """

    def __init__(
        self,
        redis: Redis,
        clock: RedisClock,
        service: Service,
        settings: GatewaySettings,
        watchers: Callable[[], dict[str, int]],
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._service = service
        self._settings = settings
        self._watchers = watchers
        self._registry = Registry(redis, clock)
        self._wanted = WantedStreams(redis)
        self._gauges = Gauges(service.metrics, settings.scrape_interval)
        self._named: set[str] = set(settings.tasks)
        self._found: set[str] = set()
        self._rounds = 0
        self._window = Window()
        self._roll = Roll()
        self._snapshot = Snapshot()
        self._looked_at = monotonic_us()  # a start that takes long is a silence, too
        self._looking = asyncio.Lock()
        self.history = ScalingHistory()
        self.first = asyncio.Event()

    @property
    def snapshot(self) -> Snapshot:
        """The latest answers; while Redis is silent every stream is offline, and says why."""
        snapshot = self._snapshot
        if monotonic_us() - self._looked_at < _OLD_US:
            return snapshot
        streams = {
            identity: msgspec.structs.replace(
                stream, state="offline", error=_NO_REDIS, fps=0.0, inferred_fps=0.0, drop_fps=0.0,
                since=stream.since if stream.state == "offline" else snapshot.now,
            )
            for identity, stream in snapshot.streams.items()
        }  # fmt: skip
        return Snapshot(
            now=self._clock.now(),
            streams=streams,
            wanted=snapshot.wanted,
            accounts=snapshot.accounts,
            tasks={name: _unserved(task) for name, task in snapshot.tasks.items()},
            books=snapshot.books,
            problem=_PROBLEM,
        )

    def now(self) -> int:
        """Microseconds of Redis' clock, at this very moment."""
        return self._clock.now()

    async def run(self) -> None:
        """Keep house until the process is asked to leave."""
        while not self._service.stop.is_set():
            began = monotonic_us()
            try:
                await self.look()
                self._service.redis_is_up()
            except UNREACHABLE as error:
                self._service.redis_is_down(error)
            except Exception:  # the boundary of this loop: log, count, go on
                log.exception("housekeeping failed")
                self._service.metrics.counter("ei_service_errors_total", "gateway").inc()
            spent = (monotonic_us() - began) / 1e6
            await self._service.stopped_within(max(0.05, _SECONDS - spent))

    async def refresh(self) -> None:
        """Look at once, so that the snapshot knows what was just written; a silent Redis may."""
        with contextlib.suppress(TimeoutError, *UNREACHABLE):
            async with asyncio.timeout(_REFRESH_SECONDS):
                await self.look()

    async def look(self) -> None:
        """One round.

        Raises:
            redis.RedisError: Redis did not answer; the last snapshot stays.
        """
        async with self._looking:
            await self._clock.synchronise(self._redis)
            moment = await self._read()
            self._window.add(moment)
            present = self._roll.call(moment)
            self._snapshot = build(moment, self._window, present)
            self._looked_at = monotonic_us()
            self.history.add(moment, self._window)
            self._gauges.show(moment)
        self.first.set()

    async def _read(self) -> Moment:
        streams = await self._registry.streams()
        workers = await self._registry.workers()
        wanted = await self._wanted.all()
        if self._rounds % _SEARCH_ROUNDS == 0:
            await self._search()
        self._rounds += 1
        self._named.update(info.task for info in streams)
        self._named.update(info.task for info in workers)
        self._named.update(task for stream in wanted for task in stream.tasks)
        tasks = [*sorted(self._named), *sorted(self._found - self._named)][:_MAX_TASKS]
        ledgers = [await self._queue(task).sweep() for task in tasks]
        jobs = [await JobQueue(self._redis, task, self._settings.jobs).sweep() for task in tasks]
        memory: Any = await self._redis.info("memory")
        return Moment(
            at=self._clock.now(),
            streams=tuple(streams),
            workers=tuple(workers),
            ledgers={ledger.task: ledger for ledger in ledgers},
            jobs={stats.task: stats.waiting + stats.in_progress for stats in jobs},
            wanted={stream.name: stream for stream in wanted},
            watchers=self._watchers(),
            limits=await scaling_events.read_limits(self._redis),
            events=tuple(await scaling_events.read_events(self._redis)),
            memory=(int(memory["used_memory"]), int(memory["maxmemory"])),
        )

    def _queue(self, task: str) -> FrameQueue:
        return FrameQueue(self._redis, task, self._settings.live)

    async def _search(self) -> None:
        """Find queues that foreign producers fill, and books of former days."""
        cursor = 0
        while True:
            found: Any = await self._redis.scan(cursor, match="*queue_*", count=1000)
            cursor, names = found
            self._found.update(task for name in names if (task := _task_of(name)))
            if not cursor:
                return


def _unserved(task: answers.Task) -> answers.Task:
    """The task without what is true of this second only."""
    return msgspec.structs.replace(
        task, workers=0, utilisation=0.0, scale_ratio=0.0, inferred_fps=0.0, drop_fps=0.0
    )


def _task_of(key: bytes) -> str:
    """The task of `queue_<task>` or `{queue_<task>}:ledger`; empty for other keys."""
    name = key.decode(errors="replace").removeprefix("{").removesuffix("}:ledger")
    if not name.startswith("queue_"):
        return ""
    try:
        return check_task(name.removeprefix("queue_"))
    except WireError:
        return ""
