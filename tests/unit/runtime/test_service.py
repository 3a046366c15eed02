"""The life cycle of every process: start, become ready, drain, stop with an exit code."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator

import httpx
import pytest

from apps.runtime.errors import ElasticError, ModelError, PortError, SettingsError, SourceError
from apps.runtime.service import ExitCode, Service, serve

Main = Callable[[Service], Awaitable[None]]


@pytest.fixture
def port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        number: int = listener.getsockname()[1]
        return number


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Restore the signal handlers after the test."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(main: Main, *, port: int = 0) -> ExitCode:
    return serve("streams", main, host="127.0.0.1", port=port)


def failing(error: Exception) -> Main:
    async def main(_: Service) -> None:
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("wrong"), ExitCode.SETTINGS),
        (ModelError("missing"), ExitCode.MODEL),
        (SourceError("no such file"), ExitCode.SOURCE),
        (ElasticError("something"), ExitCode.FAILED),
        (PortError("Cannot listen on 127.0.0.1:1: taken"), ExitCode.PORT),
    ],
)
def test_an_expected_error_is_one_log_line_and_an_exit_code(
    error: Exception, code: ExitCode, caplog: pytest.LogCaptureFixture
) -> None:
    assert run(failing(error)) == code
    assert caplog.messages == [str(error)]
    assert caplog.records[0].exc_info is None


def test_an_unexpected_error_has_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    assert run(failing(ZeroDivisionError("oh"))) == ExitCode.FAILED
    assert caplog.messages == ["streams failed"]
    assert caplog.records[0].exc_info


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_makes_a_service_unready_and_sets_stop(number: signal.Signals) -> None:
    seen: dict[str, str] = {}

    async def main(service: Service) -> None:
        service.health.met("start")
        assert service.health.ready
        os.kill(os.getpid(), number)
        await service.stop.wait()
        seen.update(service.health.reasons)

    assert run(main) == ExitCode.OK
    assert seen == {"stop": "stopping"}


def test_a_service_ends_when_its_work_is_finished() -> None:
    finished: list[bool] = []

    async def main(service: Service) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await service.stop.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        finished.append(True)

    assert run(main) == ExitCode.OK
    assert finished == [True]


def test_health_and_metrics_are_served_until_the_service_ends(port: int) -> None:
    async def main(service: Service) -> None:
        service.health.met("start")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            transport_ready = False
            while not transport_ready:
                try:
                    transport_ready = (await client.get("/readyz")).status_code == 200
                except httpx.ConnectError:
                    await asyncio.sleep(0.01)
            assert "ei_build_info" in (await client.get("/metrics")).text

    assert run(main, port=port) == ExitCode.OK
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))


def test_a_taken_port_ends_the_service(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended: list[str] = []

    async def main(_: Service) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert run(main, port=listener.getsockname()[1]) == ExitCode.PORT
    assert ended == ["cancelled"]
    assert len(caplog.messages) == 1
    assert "Cannot listen on 127.0.0.1:" in caplog.messages[0]


async def test_redis_is_a_condition_and_a_metric() -> None:
    service = Service("streams")
    service.health.met("start")
    service.redis_is_down(ConnectionError("refused"))
    assert service.health.reasons == {"redis": "Redis: refused"}
    assert service.metrics.registry.get_sample_value("ei_redis_up", {"service": "streams"}) == 0
    service.redis_is_up()
    assert service.health.ready
    assert service.metrics.registry.get_sample_value("ei_redis_up", {"service": "streams"}) == 1


async def test_the_same_redis_error_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = Service("streams")
    for reason in ("refused", "refused", "timed out"):
        service.redis_is_down(ConnectionError(reason))
    assert len(caplog.messages) == 2


async def test_a_stop_request_ends_waiting() -> None:
    service = Service("streams")
    assert not await service.stopped_within(0)
    service.stop.set()
    assert await service.stopped_within(60)
