"""Heartbeat of a worker, once a second: its state, its load, and the streams to send pixels for."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from apps.inference.meter import Meter, MeterReading, Totals
from apps.inference.stream_loads import StreamLoads
from apps.inference.worker_metrics import WorkerMetrics
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

__all__ = ["WorkerHeartbeat"]

log = logging.getLogger(__name__)

#: Heartbeats between two synchronisations with Redis' clock.
_CLOCK_BEATS = 10


class WorkerHeartbeat:
    """Sends the heartbeat and updates the metrics, once a second."""

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
        self._sent_as = ""
        self._watched: set[str] = set()

    def watches(self, stream_id: str) -> bool:
        """Whether a client displayed the stream at the last heartbeat."""
        return stream_id in self._watched

    async def run(
        self, meter: Meter, totals: Callable[[], Totals], loads: StreamLoads, metrics: WorkerMetrics
    ) -> None:
        """Send heartbeats until cancelled."""
        beats = 0
        while True:
            cancellation.heed()
            await asyncio.sleep(BEAT_SECONDS - time.monotonic() % BEAT_SECONDS)
            reading = meter.tick(time.monotonic(), totals())
            metrics.update(reading)
            loads.next_second()
            try:
                await self._refresh(loads, beats)
                await self._beat(reading, loads)
            except UNREACHABLE as error:
                log.debug("heartbeat not sent: %s", error)
            beats += 1

    async def remove(self) -> None:
        """Remove this worker from the registry."""
        try:
            await self._registry.remove_worker(self._incarnation())
        except UNREACHABLE as error:
            log.debug("worker not removed from the registry: %s", error)

    async def _refresh(self, loads: StreamLoads, beats: int) -> None:
        if beats % _CLOCK_BEATS == 0 or not self._clock.synchronised:
            await self._clock.synchronise(self._redis)
        self._watched = await watched(self._redis, loads.streams())

    async def _beat(self, reading: MeterReading, loads: StreamLoads) -> None:
        incarnation = self._incarnation()
        if self._sent_as and self._sent_as != incarnation:
            await self._registry.remove_worker(self._sent_as)
        self._sent_as = incarnation
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
