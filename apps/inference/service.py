"""Start a worker: load the engine, connect the loops, run the heartbeat."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.inference.heartbeat import WorkerHeartbeat
from apps.inference.inference_slots import InferenceSlots
from apps.inference.job_loop import JobLoop
from apps.inference.live_loop import LiveLoop
from apps.inference.meter import Meter, Totals
from apps.inference.settings import InferenceSettings
from apps.inference.sharing import TimeSharing
from apps.inference.work_loop import WorkKind
from apps.inference.worker import Worker
from apps.inference.worker_metrics import WorkerMetrics
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.live_queue.frame_consumer import FrameConsumer
from apps.runtime import backoff
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE, connect
from apps.runtime.cpu_quota import allowed_cores
from apps.vision.image import Picture
from apps.vision.models import catalogue
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.registry import load_engine

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from apps.runtime.service import Service
    from apps.vision.models.engine import Engine, EngineInfo

__all__ = ["infer"]

log = logging.getLogger(__name__)

_WARM_UP_FRAMES = 3


async def infer(service: Service, settings: InferenceSettings) -> None:
    """Infer frames and jobs of one task until the service is asked to stop.

    Raises:
        ModelError: the task's model is missing, is damaged, or differs from its manifest.
    """
    cores = settings.cores or allowed_cores()
    threads = max(1, round(cores))
    engine, better = await asyncio.to_thread(_load, settings, threads)
    cost = await asyncio.to_thread(warm_up_cost, engine, cores)
    redis = connect(settings.queue, name=f"inference-{settings.task}")
    clock = RedisClock()
    if await _first_contact(service, redis, clock):
        await _work(service, settings, engine, redis, clock, (cores, cost), better=better)
    await redis.aclose()


def _load(settings: InferenceSettings, threads: int) -> tuple[Engine, str]:
    """The engine, and the name of a better model that can be downloaded, or ""."""
    folders = [Path(folder) for folder in settings.models]
    resolved = catalogue.resolve(settings.task, folders, model=settings.model)
    compilation = CompileOptions(
        device=settings.device,
        threads=threads,
        slots=settings.slots,
        cache_dir=Path(settings.cache_dir) if settings.cache_dir else None,
    )
    better = catalogue.better(settings.task, resolved, folders)
    return load_engine(resolved, compilation), better


def warm_up_cost(engine: Engine, cores: float) -> float:
    """Utilisation-seconds of one frame, measured on empty pictures after a warm-up."""
    engine.warm_up()
    info = engine.info
    picture = Picture.of(np.zeros((info.height or 480, info.width or 640, 3), np.uint8))
    cpu, began = time.process_time(), time.monotonic()
    for _ in range(_WARM_UP_FRAMES):
        engine.infer(picture)
    on_cpu = (time.process_time() - cpu) / cores
    in_slots = (time.monotonic() - began) / info.slots
    return (in_slots if _device_bound(info) else on_cpu) / _WARM_UP_FRAMES


def _device_bound(info: EngineInfo) -> bool:
    """Whether utilisation comes from busy slots instead of CPU time."""
    return not info.device.startswith("CPU")


async def _first_contact(service: Service, redis: Redis, clock: RedisClock) -> bool:
    """Wait for Redis; False if the service was asked to stop first."""
    for delay in backoff.delays():
        try:
            await clock.synchronise(redis)
        except UNREACHABLE as error:
            service.redis_is_down(error)
            if await service.stopped_within(delay):
                return False
        else:
            service.redis_is_up()
            return True
    return False


async def _work(
    service: Service,
    settings: InferenceSettings,
    engine: Engine,
    redis: Redis,
    clock: RedisClock,
    capacity: tuple[float, float],
    *,
    better: str,
) -> None:
    cores, cost = capacity
    info = engine.info
    metrics = WorkerMetrics(
        service.metrics, task=settings.task, model=info.model, precision=info.precision,
        device=info.device,
    )  # fmt: skip
    slots = InferenceSlots(engine, threads=max(1, round(cores)), max_pixels=settings.max_pixels)
    consumer = FrameConsumer(redis, settings.task, settings.live, lease_seconds=settings.lease)
    heartbeat = WorkerHeartbeat(
        service, redis, clock, task=settings.task, info=info, cores=cores, better=better,
        incarnation=lambda: consumer.incarnation,
    )  # fmt: skip

    def finished(kind: WorkKind, seconds: float) -> None:
        worker.finished(kind, seconds)

    live = LiveLoop(
        consumer, slots, info, clock, metrics, task=settings.task, freshness=settings.freshness,
        watched=heartbeat.watches, on_finish=finished,
    )  # fmt: skip
    jobs = JobLoop(
        JobConsumer(redis, settings.task, settings.jobs), slots, info, clock, metrics,
        on_finish=finished,
    )  # fmt: skip
    worker = Worker(service, slots, (live, jobs), TimeSharing(settings.job_share))

    def totals() -> Totals:
        return Totals(
            cpu=time.process_time(),
            slots=slots.slot_seconds.read(),
            full=worker.full_seconds.read(),
            served=slots.served,
            claimed=live.claimed,
        )

    meter = Meter(cores=cores, slots=info.slots, device_bound=_device_bound(info), cost=cost)
    beats = asyncio.create_task(heartbeat.run(meter, totals, live.loads, metrics))
    service.health.met("start")
    log.info(
        "serving %s with %s %s on %s: %g cores, %d slots, %.1f ms per frame",
        settings.task, info.model, info.precision, info.device, cores, info.slots, cost * 1000,
    )  # fmt: skip
    try:
        await worker.run()
    finally:
        beats.cancel()
        await asyncio.gather(beats, return_exceptions=True)
        await heartbeat.remove()
        await asyncio.to_thread(slots.close)
