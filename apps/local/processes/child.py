"""Child processes of the local runner: they own their cores, speak through us, and die with us."""

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
#: Seconds that a child may take to finish what it holds before it is killed.
_PATIENCE_SECONDS = 15.0


def die_with_parent() -> None:
    """In a child, before it runs: ask the kernel for SIGTERM when the parent dies, however."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True)
class LogLine:
    """One log record of a child.

    Attributes:
        level: `debug`, `info`, `warning` or `error`.
        text: what it says.
    """

    level: str
    text: str


def read_log_line(line: str) -> LogLine:
    """The record in a line that a service logged; any other text is an error's."""
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
    """One service process.

    Attributes:
        name: for people, such as `people worker 2`.
        module: what `python -m` runs.
        arguments: of its command line.
        environment: added to what it gets of ours.
        cores: numbers of the processors that it owns; empty for all of ours.
        on_log: gets every line that it logs.
    """

    name: str
    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    on_log: Callable[[str, LogLine], None]
    cores: frozenset[int] = frozenset()
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)
    _reader: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """Its process id; 0 before it was started."""
        return self._process.pid if self._process else 0

    @property
    def exit_code(self) -> int | None:
        """How it ended, or None while it runs."""
        return self._process.returncode if self._process else None

    async def start(self) -> None:
        """Start it; its log lines arrive from now on."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self.module, *self.arguments,
            env={**environment_of(self.module), **self.environment},
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True, preexec_fn=self._before_it_runs,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read())

    async def wait(self) -> int:
        """Wait for its end; the exit code."""
        assert self._process is not None  # noqa: S101 - it was started
        code = await self._process.wait()
        if self._reader is not None:
            await self._reader
        return code

    async def stop(self) -> int:
        """Ask it to finish and leave, insist after a while; the exit code."""
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            return await self.wait()

    def signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
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
