"""Child processes of the local runner: bound to cores, logs relayed, ended with the parent."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.local.processes.environment import environment_of

__all__ = ["Child", "LogLine", "die_with_parent", "read_log_line"]

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
#: Seconds after SIGTERM until a child is killed.
_STOP_SECONDS = 15.0


def die_with_parent() -> None:
    """Ask the kernel to send SIGTERM to this process when its parent ends; for `preexec_fn`."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True)
class LogLine:
    """One log record of a child."""

    level: str  #: `debug`, `info`, `warning` or `error`
    text: str  #: message, with the traceback if there is one


def read_log_line(line: str) -> LogLine:
    """Parse one line of a service's log; text in any other format counts as an error."""
    try:
        record = json.loads(line)
        text = str(record["message"])
        if "traceback" in record:
            text += "\n" + str(record["traceback"])
        return LogLine(str(record["level"]), text)
    except (ValueError, KeyError, TypeError):
        return LogLine("error", line)


@dataclass
class Child:
    """One service process."""

    name: str  #: display name, such as `people worker 2`
    module: str  #: module for `python -m`
    arguments: Sequence[str]  #: command-line arguments
    environment: Mapping[str, str]  #: variables added to those that it inherits
    on_log: Callable[[str, LogLine], None]  #: called with the name and each log line
    #: processor numbers to bind it to; empty for all of the parent's
    cores: frozenset[int] = frozenset()
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)
    _reader: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """Process id; 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def exit_code(self) -> int | None:
        """Exit code; None while it runs."""
        return self._process.returncode if self._process else None

    async def start(self) -> None:
        """Start the process and relay its log lines."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self.module, *self.arguments,
            env={**environment_of(self.module), **self.environment},
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True, preexec_fn=self._before_it_runs,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read())

    async def wait(self) -> int:
        """Wait until the process ends; return the exit code."""
        assert self._process is not None  # noqa: S101 - it was started
        code = await self._process.wait()
        if self._reader is not None:
            await self._reader
        return code

    async def stop(self) -> int:
        """Send SIGTERM, then SIGKILL after 15 s; return the exit code."""
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                return await self.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            return await self.wait()

    def signal(self, number: int) -> None:
        """Send a signal if the process still runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    def _before_it_runs(self) -> None:
        die_with_parent()
        if self.cores:
            os.sched_setaffinity(0, self.cores)

    async def _read(self) -> None:
        assert self._process is not None  # noqa: S101 - it was started
        assert self._process.stderr is not None  # noqa: S101 - we asked for the pipe
        async for raw in self._process.stderr:
            line = raw.decode(errors="replace").rstrip()
            if line:
                self.on_log(self.name, read_log_line(line))
