"""The maintenance loop: once a second, bound every queue and observe the system for the API.

Several gateways may run it at the same time: a sweep is one atomic script, and everything else
only reads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from apps.gateway.settings import GatewaySettings
from apps.gateway.state.current_state import CurrentState
from apps.gateway.state.gauges import Gauges
from apps.gateway.state.membership import Membership
from apps.gateway.state.observation import Observation, RateWindow
from apps.gateway.state.snapshot import build
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

__all__ = ["MaintenanceLoop"]

log = logging.getLogger(__name__)

_SECONDS = 1.0
#: Every so many rounds the key space is searched for tasks without a registered stream or worker.
_SEARCH_ROUNDS = 5
#: Tasks that are swept at most: invalid keys must not keep the gateway busy.
_MAX_TASKS = 256
#: How long a caller of `refresh` waits.
_REFRESH_SECONDS = 2.0


class MaintenanceLoop:
    """Keeps the queues bounded and the state up to date.

    `watchers` counts the viewers of this gateway by stream id.
    """

    def __init__(
        self,
        redis: Redis,
        clock: RedisClock,
        service: Service,
        settings: GatewaySettings,
        state: CurrentState,
        watchers: Callable[[], dict[str, int]],
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._service = service
        self._settings = settings
        self._state = state
        self._watchers = watchers
        self._registry = Registry(redis, clock)
        self._wanted = WantedStreams(redis)
        self._gauges = Gauges(service.metrics, settings.scrape_interval)
        self._named: set[str] = set(settings.tasks)
        self._found: set[str] = set()
        self._rounds = 0
        self._window = RateWindow()
        self._membership = Membership()
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Run until the process is asked to stop."""
        while not self._service.stop.is_set():
            began = monotonic_us()
            try:
                await self.run_once()
                self._service.redis_is_up()
            except UNREACHABLE as error:
                self._service.redis_is_down(error)
            except Exception:  # the boundary of this loop: log, count, go on
                log.exception("maintenance failed")
                self._service.metrics.counter("ei_service_errors_total", "gateway").inc()
            spent = (monotonic_us() - began) / 1e6
            await self._service.stopped_within(max(0.05, _SECONDS - spent))

    async def refresh(self) -> None:
        """Update the state at once, so that it contains a change; give up when Redis is slow."""
        with contextlib.suppress(TimeoutError, *UNREACHABLE):
            async with asyncio.timeout(_REFRESH_SECONDS):
                await self.run_once()

    async def run_once(self) -> None:
        """One round.

        Raises:
            redis.RedisError: Redis did not respond; the last snapshot stays.
        """
        async with self._one_at_a_time:
            await self._clock.synchronise(self._redis)
            seen = await self._observe()
            self._window.add(seen)
            members = self._membership.update(seen)
            self._state.update(build(seen, self._window, members))
            self._state.history.add(seen, self._window)
            self._gauges.show(seen)

    async def _observe(self) -> Observation:
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
        return Observation(
            at=self._clock.now(),
            streams=tuple(streams),
            workers=tuple(workers),
            ledgers={ledger.task: ledger for ledger in ledgers},
            jobs={stats.task: stats.waiting + stats.in_progress for stats in jobs},
            dead_letters={stats.task: stats.dead_letters for stats in jobs},
            wanted={stream.name: stream for stream in wanted},
            watchers=self._watchers(),
            limits=await scaling_events.read_limits(self._redis),
            events=tuple(await scaling_events.read_events(self._redis)),
            memory=(int(memory["used_memory"]), int(memory["maxmemory"])),
        )

    def _queue(self, task: str) -> FrameQueue:
        return FrameQueue(self._redis, task, self._settings.live)

    async def _search(self) -> None:
        """Find queues of foreign producers, and ledgers of earlier days."""
        cursor = 0
        while True:
            found: Any = await self._redis.scan(cursor, match="*queue_*", count=1000)
            cursor, names = found
            self._found.update(task for name in names if (task := _task_of(name)))
            if not cursor:
                return


def _task_of(key: bytes) -> str:
    """The task of `queue_<task>` or `{queue_<task>}:ledger`; empty for other keys."""
    name = key.decode(errors="replace").removeprefix("{").removesuffix("}:ledger")
    if not name.startswith("queue_"):
        return ""
    try:
        return check_task(name.removeprefix("queue_"))
    except WireError:
        return ""
