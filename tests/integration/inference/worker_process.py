"""A worker process, started like an operator does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from apps.local.redis_server import RedisServer
from tests.support.project_copy import project_without_downloads
from tests.support.waiting import until_true

__all__ = ["WorkerProcess", "free_port", "ready_worker", "run_to_end", "worker_process"]


@dataclass
class WorkerProcess:
    """A running worker and its port for health and metrics."""

    process: asyncio.subprocess.Process
    port: int

    async def ready(self) -> bool:
        """Whether `/readyz` reports ready."""
        return (await self.readiness())[0]

    async def readiness(self) -> tuple[bool, dict[str, str]]:
        """Whether it is ready, and the reasons if not; not ready while its port is closed."""
        answer = await asyncio.to_thread(self._get, "/readyz")
        if not answer:
            return False, {}
        state: dict[str, Any] = json.loads(answer)
        return state["ready"], state["waiting_for"]

    async def alive(self) -> bool:
        """Whether its event loop runs."""
        return await asyncio.to_thread(self._get, "/healthz") == "ok\n"

    async def sample(self, name: str, **labels: str) -> float:
        """The sum of the samples of a metric with these labels; 0 if there is none."""
        page = await asyncio.to_thread(self._get, "/metrics")
        return sum(
            sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def _get(self, path: str) -> str:
        assert self.process.returncode is None, "The worker has ended"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return str(answer.read(), "utf-8")
        except urllib.error.HTTPError as error:
            with error:
                return str(error.read(), "utf-8")
        except OSError:
            return ""


@contextlib.asynccontextmanager
async def worker_process(server: RedisServer, *flags: str) -> AsyncIterator[WorkerProcess]:
    """A worker of the task `face`, killed at the end of the block if it still runs."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "apps.inference", "--queue-socket", server.socket_path,
        "--metrics-port", str(port), "--queue-timeout", "1", *flags, env=environment(),
        cwd=project_without_downloads(),
    )  # fmt: skip
    worker = WorkerProcess(process, port)
    try:
        yield worker
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def ready_worker(worker: WorkerProcess) -> None:
    """Wait until a worker is ready.

    Raises:
        TimeoutError: not ready within 30 seconds.
    """
    await until_true(worker.ready, 30)


async def run_to_end(*flags: str, **variables: str) -> tuple[int, str]:
    """Exit code and standard error of a worker that ends by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "apps.inference", *flags,
        stderr=asyncio.subprocess.PIPE, env=environment() | variables,
        cwd=project_without_downloads(),
    )  # fmt: skip
    _, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, errors.decode()


def environment() -> dict[str, str]:
    """The environment of the test without EI_ variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith("EI_")}


def free_port() -> int:
    """An unused TCP port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
