"""The gateway's parts, how they are connected, and how they start and stop."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from apps.gateway.api.dead_letter_routes import DeadLetterRoutes
from apps.gateway.api.inference_routes import InferenceRoutes
from apps.gateway.api.session_routes import SessionRoutes
from apps.gateway.api.state_routes import StateRoutes
from apps.gateway.api.stream_routes import StreamRoutes
from apps.gateway.api.upload_routes import UploadRoutes
from apps.gateway.app import Gateway
from apps.gateway.auth.admission import Admission
from apps.gateway.auth.authentication import Auth
from apps.gateway.auth.sessions import Sessions
from apps.gateway.auth.sign_in_methods import SignInMethods, is_loopback, load_sign_in_methods
from apps.gateway.http.pages import load_pages
from apps.gateway.live.drawing import draw
from apps.gateway.live.mjpeg import MjpegView
from apps.gateway.live.viewer_protocol import ViewerProtocol
from apps.gateway.live.viewers import Viewers
from apps.gateway.live.websocket import CloseCode, ViewerSocket
from apps.gateway.settings import GatewaySettings
from apps.gateway.state.current_state import CurrentState
from apps.gateway.state.maintenance_loop import MaintenanceLoop
from apps.pipeline.job_queue.job_client import JobClient
from apps.runtime.clock import RedisClock
from apps.runtime.connection import connect
from apps.runtime.service import Service, serve_asgi

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["run"]

log = logging.getLogger(__name__)

#: Longest wait for a reply of Redis: the first picture of a slow camera.
_SLOW_SECONDS = 30.0


async def run(service: Service, settings: GatewaySettings) -> None:
    """Serve until the process is asked to stop.

    Raises:
        SettingsError: a file of the settings cannot be used, or the port is taken.
    """
    methods = load_sign_in_methods(settings)
    redis = connect(settings.queue, name="gateway")
    slow = connect(settings.queue, name="gateway-waits", timeout=_SLOW_SECONDS)
    parts = _Parts(service, settings, methods, redis, slow)
    try:
        await _together(
            serve_asgi(
                parts.app, settings.gateway_host, settings.gateway_port, service.stop,
                websocket=ViewerProtocol,
            ),
            parts.maintenance.run(),
            _until_stopped(parts.viewers.run(), service.stop),
            _until_stopped(parts.sessions.check_viewers(), service.stop),
            _disconnect_at_stop(service, parts.viewers),
            _announce(service, settings, methods),
        )  # fmt: skip
    finally:
        await parts.jobs.close()
        await slow.aclose()
        await redis.aclose()


class _Parts:
    """Every part of one gateway; `slow` waits long enough for trials and blocking commands."""

    def __init__(
        self,
        service: Service,
        settings: GatewaySettings,
        methods: SignInMethods,
        redis: Redis,
        slow: Redis,
    ) -> None:
        clock = RedisClock()
        state = CurrentState(clock)
        self.viewers = Viewers(redis, clock, service.metrics, draw)
        self.maintenance = MaintenanceLoop(
            redis, clock, service, settings, state, self.viewers.counts
        )
        self.jobs = JobClient(slow, settings.jobs)
        auth = Auth(methods, Sessions(redis, settings.session_hours * 3600), settings.origins)
        self.sessions = SessionRoutes(auth, self.viewers)
        inference = InferenceRoutes(self.jobs, state, settings)
        uploads = UploadRoutes(settings)
        streams = StreamRoutes(slow, state, self.maintenance.refresh, settings, uploads, inference)
        letters = DeadLetterRoutes(redis, inference)
        admission = Admission(auth, state)
        self.app = Gateway(
            auth,
            load_pages(settings.dashboard),
            (StateRoutes(state), self.sessions, streams, uploads, inference, letters),
            MjpegView(admission, self.viewers, service.metrics),
            ViewerSocket(auth, admission, self.viewers, service.metrics),
            service.metrics,
        )


async def _together(*parts: Awaitable[None]) -> None:
    """Run the parts until all have ended; when one fails, end the others."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_stopped(part: Awaitable[None], stop: asyncio.Event) -> None:
    work = asyncio.ensure_future(part)
    waiter = asyncio.create_task(stop.wait())
    await asyncio.wait({work, waiter}, return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    if work.done():
        work.result()
    work.cancel()
    await asyncio.gather(work, waiter, return_exceptions=True)


async def _disconnect_at_stop(service: Service, viewers: Viewers) -> None:
    await service.stop.wait()
    for viewer in viewers.all():
        viewer.disconnect(CloseCode.RESTARTING)


async def _announce(service: Service, settings: GatewaySettings, methods: SignInMethods) -> None:
    """Log the address; a random token is printed here, once, and nowhere else."""
    service.health.met("start")
    host = settings.gateway_host
    shown = "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{settings.gateway_port}/"
    log.info("serving %s", address)
    if methods.printed:
        sys.stdout.write(f"dashboard: {address}#token={methods.token}\n")
        sys.stdout.flush()
    if not is_loopback(host):
        log.warning("without TLS in front of it, traffic can be read on the network")
