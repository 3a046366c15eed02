"""Puts the streams service together: one source of its own, or those that are added, or both."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from apps.runtime.connection import connect
from apps.runtime.errors import SettingsError
from apps.streams.follower import Follower
from apps.streams.planner import Planner
from apps.streams.settings import StreamsSettings
from apps.streams.stream_set import StreamSet
from apps.streams.trial_desk import TrialDesk

if TYPE_CHECKING:
    from apps.runtime.service import Service

__all__ = ["stream"]

log = logging.getLogger(__name__)

_RESTART_SECONDS = 1.0


async def stream(service: Service, settings: StreamsSettings) -> None:
    """Run until the service is asked to stop.

    Raises:
        SettingsError: there is nothing to do, or a setting makes no sense.
        SourceError: the source is no source, or a file that is not there.
        WireError: a name or task is malformed.
    """
    if not settings.source and not settings.follow:
        raise SettingsError(
            "nothing to stream: set EI_SOURCE (camera:0, a file, rtsp://…, synthetic:pattern) "
            "or EI_FOLLOW=true"
        )
    redis = connect(settings.queue, name="streams")
    streams = StreamSet(service, redis, settings.live)
    planner = Planner(settings, streams)
    loops: list[Callable[[], Awaitable[None]]] = [streams.run]
    if settings.source:
        streams.add(planner.own())
    if settings.follow:
        desk = TrialDesk(redis, streams.clock, planner.tried, planner.form)
        loops += [Follower(redis, streams, planner.wanted).run, desk.run]
    service.health.met("start")
    running = [asyncio.create_task(_keep(service, work)) for work in loops]
    await service.stop.wait()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await streams.close()
    await redis.aclose()


async def _keep(service: Service, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await work()
        except Exception:  # the boundary of the service's loops: logged, counted, begun anew
            log.exception("an error that nobody expected")
            service.metrics.counter("ei_service_errors_total", service.name).inc()
            await asyncio.sleep(_RESTART_SECONDS)
