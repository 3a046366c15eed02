"""The local system for tests: its command, its API and its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from apps.local.ports import free_port
from tests.support.project_copy import project_without_downloads


class LocalSystem:
    """`python -m apps.local` on its own port, until it is stopped.

    Args:
        arguments: of the command.
        log: file for its output.
        root: of the project that is started; by default a copy without downloaded models.
        variables: added to the environment of the test.
    """

    def __init__(
        self,
        *arguments: str,
        log: Path,
        root: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self._log = log
        environment = {k: v for k, v in os.environ.items() if not k.startswith("EI_")}
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "apps.local", "--port", str(self.port), *arguments],
                stdout=out, stderr=subprocess.STDOUT,
                cwd=root or project_without_downloads(),
                env=environment | dict(variables or {}),
            )  # fmt: skip
        self.started = time.monotonic()

    @property
    def text(self) -> str:
        """Its output so far."""
        return self._log.read_text(errors="replace")

    def get(self, path: str) -> Any:
        """The JSON of a GET request, or None while the gateway does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return None

    def send(self, method: str, path: str, body: Any) -> None:
        """Send a request with a JSON body."""
        headers = {"Content-Type": "application/json", "X-EI-Request": "1"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), headers, method=method
        )
        with urllib.request.urlopen(request, timeout=10):
            pass

    def until(self, holds: Callable[[], Any], seconds: float) -> Any:
        """Wait until a function returns a true value, and return that value."""
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            if time.monotonic() > deadline:
                raise AssertionError(f"Condition not met within {seconds} s:\n{self.text[-3000:]}")
            if self._process.poll() is not None:
                raise AssertionError(f"The system ended:\n{self.text[-3000:]}")
            time.sleep(0.1)
        return found

    def streams(self) -> list[dict[str, Any]]:
        """`/api/streams`."""
        answer = self.get("/api/streams")
        found: list[dict[str, Any]] = answer["streams"] if answer else []
        return found

    def family(self) -> list[psutil.Process]:
        """All descendants of the runner."""
        return psutil.Process(self._process.pid).children(recursive=True)

    def child(self, words: Sequence[str]) -> psutil.Process:
        """The only descendant whose command line contains these words."""
        found = [
            process
            for process in self.family()
            if all(word in " ".join(process.cmdline()) for word in words)
        ]
        assert len(found) == 1, [process.cmdline() for process in self.family()]
        return found[0]

    def stop(self, number: int = signal.SIGINT, seconds: float = 30) -> int:
        """Send a signal and wait; the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(seconds)

    def end(self) -> int:
        """Wait until it ends; the exit code."""
        return self._process.wait(120)

    def kill(self) -> None:
        """Kill the runner and its descendants."""
        if self._process.poll() is None:
            for process in self.family():
                process.kill()
            self._process.kill()
            self._process.wait()
