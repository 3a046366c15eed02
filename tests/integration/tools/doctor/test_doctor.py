"""The doctor on real processes: Redis, a source, a stub worker, the gateway and Prometheus."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.local.ports import free_port
from apps.local.redis_server import RedisServer
from tests.integration.kubernetes.prometheus_server import PrometheusServer, as_pods
from tools.doctor.command import main

pytestmark = [pytest.mark.redis, pytest.mark.timeout(180)]

Start = Callable[..., None]


class Doctor:
    """Runs `ei doctor` against one Redis."""

    def __init__(self, socket: str, capsys: pytest.CaptureFixture[str]) -> None:
        self._socket = socket
        self._capsys = capsys
        self.code = 0

    def first_broken(self, *arguments: str) -> str:
        """The first broken link; empty if none is."""
        self.code = main(["--queue-socket", self._socket, "--task", "face", *arguments])
        last = self._capsys.readouterr().out.splitlines()[-1]
        return last.removeprefix("First broken link: ").rstrip(".") if self.code else ""

    def until(self, link: str, *arguments: str, seconds: float = 90) -> None:
        """Wait until this is the first broken link."""
        deadline = time.monotonic() + seconds
        while (found := self.first_broken(*arguments, "--seconds", "1.5")) != link:
            assert time.monotonic() < deadline, f"the first broken link is {found or 'none'}"


@pytest.fixture
def doctor(redis_server: RedisServer, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(redis_server.socket_path, capsys)


@pytest.fixture
def start(redis_server: RedisServer) -> Iterator[Start]:
    """Starts services at that Redis; all are stopped at the end."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(service: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"apps.{service}", *arguments]
        command += ["--queue-socket", redis_server.socket_path]
        running.append(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )

    yield begin
    for process in running:
        process.terminate()
    for process in running:
        process.wait(timeout=30)


def test_a_redis_that_is_not_there_is_the_first_broken_link(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Doctor(str(tmp_path / "none.sock"), capsys).first_broken() == "Redis"


def test_the_chain_is_followed_as_it_is_built(doctor: Doctor, start: Start, tmp_path: Path) -> None:
    """Each part that is started moves the first broken link one further."""
    assert doctor.first_broken("--seconds", "0.5") == "source"

    source = ("--source", "synthetic:street", "--stream-name", "hall", "--tasks", "face")
    start("streams", *source, "--metrics-port", "0")
    doctor.until("worker")

    worker, gateway, web = (str(free_port()) for _ in range(3))
    start("inference", "--task", "face", "--model", "stub:slots=2,ms=5", "--metrics-port", worker)
    doctor.until("")

    nowhere = f"http://127.0.0.1:{free_port()}"
    assert doctor.first_broken("--seconds", "0.5", "--gateway", nowhere) == "gateway"
    assert doctor.first_broken("--seconds", "0.5", "--prometheus", nowhere) == "Prometheus"

    start("gateway", "--gateway-port", web, "--metrics-port", gateway)
    doctor.until("", "--gateway", f"http://127.0.0.1:{web}")
    if shutil.which("prometheus"):
        _with_prometheus(doctor, tmp_path, worker, gateway)


def _with_prometheus(doctor: Doctor, folder: Path, worker: str, gateway: str) -> None:
    """A Prometheus that scrapes only the gateway, then the worker too."""
    pods = {
        job: as_pods(
            [{"targets": [f"127.0.0.1:{port}"], "labels": {"namespace": "local", "job": job}}]
        )
        for job, port in (("ei-gateway", gateway), ("ei-infer-face-app", worker))
    }
    targets = folder / "targets.json"
    targets.write_text(json.dumps(pods["ei-gateway"]))
    prometheus = PrometheusServer(folder, targets)
    address = ("--prometheus", prometheus.address)
    try:
        doctor.until("Prometheus", *address)
        targets.write_text(json.dumps([*pods["ei-gateway"], *pods["ei-infer-face-app"]]))
        doctor.until("", *address)
        assert doctor.code == 0
    finally:
        prometheus.stop()
