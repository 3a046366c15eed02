"""The gateway put together, and its life."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from a2wsgi import WSGIMiddleware

from apps.gateway.api.pictures import Pictures
from apps.gateway.api.streams_admin import StreamsAdmin
from apps.gateway.api.uploads import Uploads
from apps.gateway.auth.admission import Admission
from apps.gateway.auth.authentication import Auth
from apps.gateway.auth.doors import Doors, is_loopback, open_doors
from apps.gateway.auth.sessions import Sessions
from apps.gateway.auth.signing_in import SigningIn
from apps.gateway.http.app import Gateway, Handler
from apps.gateway.http.rest import make_flask
from apps.gateway.http.static import load_pages
from apps.gateway.live.drawing import draw
from apps.gateway.live.mjpeg import MjpegView
from apps.gateway.live.transport import ViewerProtocol
from apps.gateway.live.viewers import Viewers
from apps.gateway.live.websocket import ViewerSocket
from apps.gateway.settings import GatewaySettings
from apps.gateway.state.housekeeper import Housekeeper
from apps.pipeline.job_queue.job_client import JobClient
from apps.runtime.clock import RedisClock
from apps.runtime.connection import connect
from apps.runtime.service import Service, serve_asgi

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["run"]

log = logging.getLogger(__name__)

#: The close code of a server that goes away and comes back.
_RESTARTING = 1012
_FLASK_THREADS = 4
#: Longest answer that we wait for: the first picture of a slow camera.
_PATIENCE_SECONDS = 30.0


async def run(service: Service, settings: GatewaySettings) -> None:
    """Serve until the process is asked to leave.

    Raises:
        SettingsError: a file of the settings cannot be used, or the port is taken.
    """
    doors = open_doors(settings)
    redis = connect(settings.queue, name="gateway")
    patient = connect(settings.queue, name="gateway-waits", timeout=_PATIENCE_SECONDS)
    house = _House(service, settings, doors, redis, patient)
    try:
        await _together(
            serve_asgi(
                house.app, settings.gateway_host, settings.gateway_port, service.stop,
                websocket=ViewerProtocol,
            ),
            house.keeper.run(),
            _until_stopped(house.viewers.run(), service.stop),
            _until_stopped(house.signing_in.watch(), service.stop),
            _farewell(service, house.viewers),
            _announce(service, settings, doors),
        )  # fmt: skip
    finally:
        await house.jobs.close()
        await patient.aclose()
        await redis.aclose()


class _House:
    """The parts, and how they hang together."""

    def __init__(
        self,
        service: Service,
        settings: GatewaySettings,
        doors: Doors,
        redis: Redis,
        patient: Redis,
    ) -> None:
        clock = RedisClock()
        self.viewers = Viewers(redis, clock, service.metrics, draw)
        self.keeper = Housekeeper(redis, clock, service, settings, self.viewers.counts)
        self.jobs = JobClient(patient, settings.jobs)
        auth = Auth(doors, Sessions(redis, settings.session_hours * 3600), settings.origins)
        self.signing_in = SigningIn(auth, self.viewers)
        pictures = Pictures(self.jobs, self.keeper, settings)
        uploads = Uploads(settings)
        admin = StreamsAdmin(patient, clock, self.keeper, settings, uploads, pictures)
        admission = Admission(auth, self.keeper)
        views = (
            ViewerSocket(auth, admission, self.viewers, service.metrics),
            MjpegView(admission, self.viewers, service.metrics),
        )
        flask: Any = make_flask(self.keeper)
        self.app = Gateway(
            auth,
            load_pages(settings.dashboard),
            WSGIMiddleware(flask, workers=_FLASK_THREADS),
            self._handlers(admin, uploads, pictures),
            views,
            service.metrics,
        )

    def _handlers(
        self, admin: StreamsAdmin, uploads: Uploads, pictures: Pictures
    ) -> dict[str, Handler]:
        return {
            "show_session": self.signing_in.show,
            "sign_in": self.signing_in.sign_in,
            "sign_out": self.signing_in.sign_out,
            "add_stream": admin.add,
            "change_stream": admin.change,
            "remove_stream": admin.remove,
            "try_stream": admin.try_out,
            "upload_video": uploads.receive,
            "infer": pictures.infer,
        }


async def _together(*parts: Awaitable[None]) -> None:
    """Run the parts until all have ended; when one fails, so does the rest."""
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


async def _farewell(service: Service, viewers: Viewers) -> None:
    await service.stop.wait()
    for viewer in viewers.everybody():
        viewer.send_away(_RESTARTING)


async def _announce(service: Service, settings: GatewaySettings, doors: Doors) -> None:
    """Say where we are; a random token is printed here, once, and nowhere else."""
    service.health.met("start")
    host = settings.gateway_host
    shown = "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{settings.gateway_port}/"
    log.info("serving %s", address)
    if doors.printed:
        sys.stdout.write(f"dashboard: {address}#token={doors.token}\n")
        sys.stdout.flush()
    if not is_loopback(host):
        log.warning("without TLS in front of it, what it serves can be read on the network")
