"""The life cycle of every process: start, become ready, serve, drain, stop.

`serve` handles signals, the health port and the exit code of a service. The first SIGTERM or SIGINT
makes the process unready and sets `Service.stop`; the service finishes its current work and
returns. A second signal ends the process at once.
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

#: Unsent bytes that the kernel buffers for one connection.
_UNSENT_BYTES = 128 << 10
#: A connection is closed if the other side does not read for this long, milliseconds.
_SEND_TIMEOUT_MS = 30_000


class ExitCode(IntEnum):
    """Exit codes of all services."""

    OK = 0  # stopped on request
    FAILED = 1  # unexpected error; the log has a traceback
    SETTINGS = 2  # wrong setting; the log has one line about it
    MODEL = 3  # missing, damaged or mislabelled model; the log has one line about it
    SOURCE = 4  # a source that cannot work, such as a missing file
    PORT = 5  # the port is in use


#: The first matching type decides: `PortError` comes before its base class `SettingsError`.
_EXIT_CODES = (
    (PortError, ExitCode.PORT),
    (SettingsError, ExitCode.SETTINGS),
    (ModelError, ExitCode.MODEL),
    (SourceError, ExitCode.SOURCE),
)


class Service:
    """The state that every service shares: name, metrics, health and the request to stop."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.metrics = Metrics()
        self.health = Health(name, self.metrics)
        self.stop = asyncio.Event()
        self._redis_trouble = ""
        self.metrics.gauge("ei_build_info", name, __version__).set(1)
        # Prometheus computes no increase for a counter that first appears at 1: export it at 0.
        self.metrics.counter("ei_service_errors_total", name)

    def redis_is_up(self) -> None:
        """Record that Redis responds."""
        if self._redis_trouble:
            log.info("Redis responds again")
        self._redis_trouble = ""
        self.metrics.gauge("ei_redis_up", self.name).set(1)
        self.health.met("redis")

    def redis_is_down(self, error: Exception) -> None:
        """Record that Redis does not respond; logged once per reason."""
        if self._redis_trouble != str(error):
            log.warning("Redis: %s; retrying until it responds", error)
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
    """uvicorn without its signal handlers: `serve` handles signals."""

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

    WebSocket messages are not compressed, because JPEG does not shrink. A client may send at most
    1 MiB per message.

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
        raise PortError(f"Cannot listen on {host}:{port}: {error.strerror}") from error
    _bound_send_buffers(listener)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    waiter = asyncio.create_task(stop.wait())
    await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    server.should_exit = True
    await task
    listener.close()


def _bound_send_buffers(listener: socket.socket) -> None:
    """Limit the kernel's buffers for connections accepted from this listener.

    Slow readers get recent data, and connections that do not read are closed. By default the kernel
    buffers megabytes per connection and keeps them for many minutes.
    """
    options = (("TCP_NOTSENT_LOWAT", _UNSENT_BYTES), ("TCP_USER_TIMEOUT", _SEND_TIMEOUT_MS))
    for name, value in options:
        option = getattr(socket, name, None)  # some systems lack one of them
        if option is not None and listener.family in {socket.AF_INET, socket.AF_INET6}:
            listener.setsockopt(socket.IPPROTO_TCP, option, value)


def serve(
    name: str, main: Callable[[Service], Awaitable[None]], *, host: str, port: int
) -> ExitCode:
    """Run one service until it ends.

    Args:
        name: service name.
        main: the service; returns when `Service.stop` is set and all work is finished.
        host: address of the health port.
        port: number of the health port; 0 for none.
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
    except Exception:  # outermost boundary of the process: log and exit
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
            log.warning("second signal: exiting at once")
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
            return
        log.info("%s: finishing current work, then exiting", signal.Signals(number).name)
        service.health.unmet("stop", "stopping")
        service.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
