"""What a worker says once a second: its heartbeat, its meter; and what it asks: who watches."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from apps.inference.meter import Meter, Reading, Totals
from apps.inference.stream_loads import StreamLoads
from apps.inference.tally import Tally
from apps.pipeline.messages import WorkerInfo, WorkerState
from apps.pipeline.registry.heartbeats import BEAT_SECONDS, Registry
from apps.pipeline.results.result_feed import watched
from apps.runtime import cancellation
from apps.runtime.connection import UNREACHABLE

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from apps.runtime.clock import RedisClock
    from apps.runtime.service import Service
    from apps.vision.models.engine import EngineInfo

__all__ = ["Presence"]

log = logging.getLogger(__name__)

_CLOCK_SECONDS = 10


class Presence:
    """Beats, measures and looks around, once a second."""

    def __init__(
        self,
        service: Service,
        redis: Redis,
        clock: RedisClock,
        *,
        task: str,
        info: EngineInfo,
        cores: float,
        better: str,
        incarnation: Callable[[], str],
    ) -> None:
        self._service = service
        self._redis = redis
        self._clock = clock
        self._registry = Registry(redis, clock)
        self._task = task
        self._info = info
        self._cores = cores
        self._better = better
        self._incarnation = incarnation
        self._started_at = clock.now()
        self._beaten = ""
        self._watched: set[str] = set()

    def watches(self, stream_id: str) -> bool:
        """Whether somebody wants pixels of the stream, as of the last look."""
        return stream_id in self._watched

    async def run(
        self, meter: Meter, totals: Callable[[], Totals], loads: StreamLoads, tally: Tally
    ) -> None:
        """Beat until cancelled."""
        ticks = 0
        while True:
            cancellation.heed()
            await asyncio.sleep(BEAT_SECONDS - time.monotonic() % BEAT_SECONDS)
            reading = meter.tick(time.monotonic(), totals())
            tally.read(reading)
            loads.roll()
            try:
                await self._look_around(loads, ticks)
                await self._beat(reading, loads)
            except UNREACHABLE as error:
                log.debug("no heartbeat: %s", error)
            ticks += 1

    async def farewell(self) -> None:
        """Say that this worker is gone."""
        try:
            await self._registry.remove_worker(self._incarnation())
        except UNREACHABLE as error:
            log.debug("no farewell: %s", error)

    async def _look_around(self, loads: StreamLoads, ticks: int) -> None:
        if ticks % _CLOCK_SECONDS == 0 or not self._clock.synchronised:
            await self._clock.synchronise(self._redis)
        self._watched = await watched(self._redis, loads.streams())

    async def _beat(self, reading: Reading, loads: StreamLoads) -> None:
        incarnation = self._incarnation()
        if self._beaten and self._beaten != incarnation:
            await self._registry.remove_worker(self._beaten)
        self._beaten = incarnation
        stopping = self._service.stop.is_set()
        info = WorkerInfo(
            id=incarnation,
            task=self._task,
            state=WorkerState.DRAINING if stopping else WorkerState.READY,
            host=socket.gethostname(),
            pid=os.getpid(),
            model=self._info.model,
            precision=self._info.precision,
            device=self._info.device,
            labels=self._info.labels,
            started_at=self._started_at,
            cores=self._cores,
            slots=self._info.slots,
            utilisation=reading.average,
            inferred_fps=reading.infer_fps,
            drop_fps=reading.drop_fps,
            scale_ratio=reading.scale_ratio,
            offered_work_seconds=reading.offered_work_seconds,
            streams=loads.snapshot(),
            better=self._better,
        )
        await self._registry.beat_worker(info)
