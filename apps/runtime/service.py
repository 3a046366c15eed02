"""The life of every process: start, be ready, serve, drain, leave.

`serve` gives a service its signals, its health port and its exit code. The first SIGTERM or SIGINT
makes the process unready and sets `Service.stop`; the service finishes what it holds and returns.
A second signal ends it at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from enum import IntEnum
from typing import Literal

import uvicorn

from apps import __version__
from apps.runtime.allocator import keep_freed_memory
from apps.runtime.errors import ElasticError, ModelError, PortError, SettingsError, SourceError
from apps.runtime.health import AsgiApp, Health, admin_app
from apps.runtime.metrics import Metrics

__all__ = ["ExitCode", "Service", "serve", "serve_asgi"]

log = logging.getLogger(__name__)

#: Bytes that the kernel holds for a connection beyond what is on its way.
_UNSENT_BYTES = 128 << 10
#: A connection whose other side takes nothing for this long is cut off.
_DEAF_MS = 30_000


class ExitCode(IntEnum):
    """How a process ended."""

    OK = 0  # asked to stop, and stopped
    FAILED = 1  # an error that nobody expected: the log has a traceback
    SETTINGS = 2  # a setting is wrong; one line says which
    MODEL = 3  # a model is missing, damaged or mislabelled; one line says which
    SOURCE = 4  # a source that cannot work, such as a file that is not there
    PORT = 5  # the port is taken


#: The first kind that fits an error decides; `PortError` is a `SettingsError`.
_EXIT_CODES = (
    (PortError, ExitCode.PORT),
    (SettingsError, ExitCode.SETTINGS),
    (ModelError, ExitCode.MODEL),
    (SourceError, ExitCode.SOURCE),
)


class Service:
    """What a service needs to live: its name, metrics, health and the wish to stop.

    Attributes:
        name: of the service, such as `inference`.
        metrics: of this process.
        health: of this process.
        stop: set when the process was asked to leave.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.metrics = Metrics()
        self.health = Health(name, self.metrics)
        self.stop = asyncio.Event()
        self._redis_trouble = ""
        self.metrics.gauge("ei_build_info", name, __version__).set(1)
        # A counter that is first seen at 1 has not grown: Prometheus must see it at 0.
        self.metrics.counter("ei_service_errors_total", name)

    def redis_is_up(self) -> None:
        """Redis answers (again)."""
        if self._redis_trouble:
            log.info("Redis answers again")
        self._redis_trouble = ""
        self.metrics.gauge("ei_redis_up", self.name).set(1)
        self.health.met("redis")

    def redis_is_down(self, error: Exception) -> None:
        """Redis does not answer; said once in the log, until it answers or the reason changes."""
        if self._redis_trouble != str(error):
            log.warning("Redis: %s; trying again until it answers", error)
        self._redis_trouble = str(error)
        self.metrics.gauge("ei_redis_up", self.name).set(0)
        self.health.unmet("redis", f"Redis: {error}")

    async def stopped_within(self, seconds: float) -> bool:
        """Wait that long, or until the process was asked to leave; say which."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stop.wait()
        return self.stop.is_set()


class _Server(uvicorn.Server):
    """uvicorn, but the signals are the service's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_asgi(
    app: AsgiApp,
    host: str,
    port: int,
    stop: asyncio.Event,
    *,
    websocket: type[asyncio.Protocol] | Literal["websockets-sansio"] = "websockets-sansio",
) -> None:
    """Serve one ASGI application until `stop` is set.

    WebSockets are uncompressed (JPEG does not shrink) and carry at most 1 MiB from a client.

    Args:
        app: what is served.
        host: address to listen on.
        port: to listen on.
        stop: ends it.
        websocket: uvicorn's WebSocket protocol, or a class derived from it.

    Raises:
        PortError: the port cannot be bound.
    """
    config = uvicorn.Config(
        app, host=host, port=port, ws=websocket, ws_per_message_deflate=False,
        ws_max_size=1 << 20, lifespan="off", log_config=None, access_log=False,
        timeout_graceful_shutdown=3, server_header=False, date_header=False,
    )  # fmt: skip
    server = _Server(config)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=config.backlog)
    except OSError as error:
        raise PortError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    _bound_what_waits(listener)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    waiter = asyncio.create_task(stop.wait())
    await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    server.should_exit = True
    await task
    listener.close()


def _bound_what_waits(listener: socket.socket) -> None:
    """Connections inherit this: who reads slowly gets what is new, who does not read is cut off.

    Without it the kernel takes megabytes for each of them, and keeps them for many minutes.
    """
    for name, value in (("TCP_NOTSENT_LOWAT", _UNSENT_BYTES), ("TCP_USER_TIMEOUT", _DEAF_MS)):
        option = getattr(socket, name, None)  # not every system has both
        if option is not None and listener.family in {socket.AF_INET, socket.AF_INET6}:
            listener.setsockopt(socket.IPPROTO_TCP, option, value)


def serve(
    name: str, main: Callable[[Service], Awaitable[None]], *, host: str, port: int
) -> ExitCode:
    """Run one service to its end.

    Args:
        name: of the service.
        main: returns when `Service.stop` is set and nothing is in hand any more.
        host: address of the health port.
        port: of the health port; 0 for none.
    """
    keep_freed_memory()
    return asyncio.run(_live(name, main, host, port))


async def _live(
    name: str, main: Callable[[Service], Awaitable[None]], host: str, port: int
) -> ExitCode:
    service = Service(name)
    _listen_to_signals(service)
    admin_stop = asyncio.Event()
    admin = (
        asyncio.create_task(
            serve_asgi(admin_app(service.health, service.metrics), host, port, admin_stop)
        )
        if port
        else None
    )
    try:
        await _main_or_port(main(service), admin)
    except ElasticError as error:
        log.error("%s", error)
        return _exit_code(error)
    except Exception:  # the boundary of the whole process: log, count, leave
        log.exception("%s failed", name)
        return ExitCode.FAILED
    finally:
        admin_stop.set()
        if admin is not None:
            await asyncio.gather(admin, return_exceptions=True)
    return ExitCode.OK


async def _main_or_port(main: Awaitable[None], admin: asyncio.Task[None] | None) -> None:
    work = asyncio.ensure_future(main)
    if admin is not None:
        await asyncio.wait({work, admin}, return_when=asyncio.FIRST_COMPLETED)
        if admin.done() and not work.done():
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            admin.result()
    await work


def _exit_code(error: ElasticError) -> ExitCode:
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), ExitCode.FAILED)


def _listen_to_signals(service: Service) -> None:
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if service.stop.is_set():
            log.warning("second signal: leaving at once")
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
            return
        log.info("%s: finishing what is in hand", signal.Signals(number).name)
        service.health.unmet("stop", "leaving")
        service.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
