"""The streams service: runs the stream of its settings, the streams added at run time, or both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from apps.runtime.connection import connect
from apps.runtime.errors import SettingsError
from apps.streams.planner import StreamPlanner
from apps.streams.reconciler import StreamReconciler
from apps.streams.restarting import restarting
from apps.streams.settings import StreamsSettings
from apps.streams.stream_set import StreamSet
from apps.streams.trial_responder import WAIT_SECONDS, TrialResponder

if TYPE_CHECKING:
    from apps.runtime.service import Service

__all__ = ["stream"]


async def stream(service: Service, settings: StreamsSettings) -> None:
    """Run until the service is asked to stop.

    Raises:
        SettingsError: no source is set, or a setting is invalid.
        SourceError: the source is malformed, or a file does not exist.
        WireError: a stream or task name is malformed.
    """
    if not settings.source and not settings.follow:
        raise SettingsError(
            "No source to stream: set EI_SOURCE (camera:0, a file, rtsp://…, synthetic:pattern) "
            "or EI_FOLLOW=true"
        )
    redis = connect(settings.queue, name="streams")
    # Redis holds back its answer until a trial arrives, on top of its usual answering time
    timeout = settings.queue.queue_timeout + WAIT_SECONDS
    waiting = connect(settings.queue, name="streams-trials", timeout=timeout)
    streams = StreamSet(service, redis, settings.live)
    planner = StreamPlanner(settings)
    loops: list[Callable[[], Awaitable[None]]] = [streams.run]
    if settings.source:
        streams.add(planner.configured())
    if settings.follow:
        reconciler = StreamReconciler(redis, streams, planner.requested)
        responder = TrialResponder(waiting, streams.clock, planner.trial, planner.form)
        loops += [reconciler.run, responder.run]
    service.health.met("start")

    def count_error() -> None:
        service.metrics.counter("ei_service_errors_total", service.name).inc()

    running = [asyncio.create_task(restarting("streams", loop, count_error)) for loop in loops]
    await service.stop.wait()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await streams.close()
    await waiting.aclose()
    await redis.aclose()
