"""The local system as a user starts it, for tests: its command, its addresses, its processes."""

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

ROOT = Path(__file__).resolve().parents[3]


class LocalSystem:
    """`python -m apps.local` with its own port, until it is stopped.

    Args:
        arguments: of the command.
        log: file that gets what it prints.
        root: of the project that is started.
        variables: of its environment, beside ours.
    """

    def __init__(
        self,
        *arguments: str,
        log: Path,
        root: Path = ROOT,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self._log = log
        environment = {k: v for k, v in os.environ.items() if not k.startswith("EI_")}
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "apps.local", "--port", str(self.port), *arguments],
                stdout=out, stderr=subprocess.STDOUT, cwd=root,
                env=environment | dict(variables or {}),
            )  # fmt: skip
        self.started = time.monotonic()

    @property
    def text(self) -> str:
        """What it printed so far."""
        return self._log.read_text(errors="replace")

    def get(self, path: str) -> Any:
        """The JSON of a GET, or None while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return None

    def send(self, method: str, path: str, body: Any) -> None:
        """A request that changes something."""
        headers = {"Content-Type": "application/json", "X-EI-Request": "1"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), headers, method=method
        )
        with urllib.request.urlopen(request, timeout=10):
            pass

    def until(self, holds: Callable[[], Any], seconds: float) -> Any:
        """Wait until something holds; what it was."""
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            if time.monotonic() > deadline:
                raise AssertionError(f"it did not happen within {seconds} s:\n{self.text[-3000:]}")
            if self._process.poll() is not None:
                raise AssertionError(f"the system ended:\n{self.text[-3000:]}")
            time.sleep(0.1)
        return found

    def streams(self) -> list[dict[str, Any]]:
        """`/api/streams`."""
        answer = self.get("/api/streams")
        found: list[dict[str, Any]] = answer["streams"] if answer else []
        return found

    def family(self) -> list[psutil.Process]:
        """The runner's children and theirs."""
        return psutil.Process(self._process.pid).children(recursive=True)

    def child(self, words: Sequence[str]) -> psutil.Process:
        """The one child whose command line has these words."""
        found = [
            process
            for process in self.family()
            if all(word in " ".join(process.cmdline()) for word in words)
        ]
        assert len(found) == 1, [process.cmdline() for process in self.family()]
        return found[0]

    def stop(self, number: int = signal.SIGINT, seconds: float = 30) -> int:
        """Ask it to stop; its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(seconds)

    def end(self) -> int:
        """Wait for its own end; the exit code."""
        return self._process.wait(120)

    def kill(self) -> None:
        """Nothing of it may stay, whatever the test did."""
        if self._process.poll() is None:
            for process in self.family():
                process.kill()
            self._process.kill()
            self._process.wait()
