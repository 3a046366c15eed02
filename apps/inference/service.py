"""Puts a worker together: engine, queue, meter and heartbeat."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.inference.hands import Hands
from apps.inference.jobs import JobDesk
from apps.inference.live import LiveDesk
from apps.inference.meter import Meter, Totals
from apps.inference.presence import Presence
from apps.inference.settings import InferenceSettings
from apps.inference.sharing import Sharing
from apps.inference.tally import Tally
from apps.inference.worker import JOB, LIVE, Worker
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.live_queue.frame_consumer import Consumer
from apps.runtime import backoff
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE, connect
from apps.runtime.cpu_quota import allowed_cores
from apps.vision.image import Picture
from apps.vision.models import catalogue
from apps.vision.models.openvino_adapter import Compilation
from apps.vision.models.registry import load_engine

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from apps.runtime.service import Service
    from apps.vision.models.engine import Engine, EngineInfo

__all__ = ["infer"]

log = logging.getLogger(__name__)

_WARM_UP_FRAMES = 3


async def infer(service: Service, settings: InferenceSettings) -> None:
    """Serve one task until the service is asked to stop.

    Raises:
        ModelError: the task's model is missing, damaged, or not what its manifest says.
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
    """The engine, and the model that a download would bring instead."""
    folders = [Path(folder) for folder in settings.models]
    resolved = catalogue.resolve(settings.task, folders, model=settings.model)
    compilation = Compilation(
        device=settings.device,
        threads=threads,
        slots=settings.slots,
        cache_dir=Path(settings.cache_dir) if settings.cache_dir else None,
    )
    better = catalogue.better(settings.task, resolved, folders)
    return load_engine(resolved, compilation), better


def warm_up_cost(engine: Engine, cores: float) -> float:
    """Utilisation-seconds of one frame, measured on empty pictures after one for warming up."""
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
    """Whether the slots, not the CPU time, say how busy the engine is."""
    return not info.device.startswith("CPU")


async def _first_contact(service: Service, redis: Redis, clock: RedisClock) -> bool:
    """Wait for Redis; False if the service was asked to stop before it answered."""
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
    tally = Tally(
        service.metrics, task=settings.task, model=info.model, precision=info.precision,
        device=info.device,
    )  # fmt: skip
    hands = Hands(engine, threads=max(1, round(cores)), max_pixels=settings.max_pixels)
    consumer = Consumer(redis, settings.task, settings.live, lease_seconds=settings.lease)
    presence = Presence(
        service, redis, clock, task=settings.task, info=info, cores=cores, better=better,
        incarnation=lambda: consumer.incarnation,
    )  # fmt: skip
    live = LiveDesk(
        consumer, hands, info, clock, tally, task=settings.task, freshness=settings.freshness,
        watched=presence.watches, on_finish=lambda work: worker.finished(LIVE, work),
    )  # fmt: skip
    jobs = JobDesk(
        JobConsumer(redis, settings.task, settings.jobs), hands, info, clock, tally,
        on_finish=lambda work: worker.finished(JOB, work),
    )  # fmt: skip
    worker = Worker(service, hands, live, jobs, Sharing(settings.job_share))

    def totals() -> Totals:
        return Totals(
            cpu=time.process_time(),
            slots=hands.slot_seconds.read(),
            full=worker.full_seconds.read(),
            served=hands.served,
            claimed=live.claimed,
        )

    meter = Meter(cores=cores, slots=info.slots, device_bound=_device_bound(info), cost=cost)
    beat = asyncio.create_task(presence.run(meter, totals, live.loads, tally))
    service.health.met("start")
    log.info(
        "serving %s with %s %s on %s: %g cores, %d slots, %.1f ms a frame",
        settings.task, info.model, info.precision, info.device, cores, info.slots, cost * 1000,
    )  # fmt: skip
    try:
        await worker.run()
    finally:
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)
        await presence.farewell()
        await asyncio.to_thread(hands.close)
