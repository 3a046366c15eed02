"""What the local runner tells the person at the terminal: events as lines, and one status line."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TextIO

from apps.local.processes.child import LogLine
from apps.pipeline.messages import SourceState, StreamInfo, WorkerInfo
from apps.runtime.logs import mask

__all__ = ["Console", "ConsoleLog", "status_text"]

#: Seconds between two status lines where lines cannot be overwritten.
_PLAIN_SECONDS = 10.0


class Console:
    """Writes to standard output; on a terminal the status line stays at the bottom."""

    def __init__(self, *, verbose: bool = False, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._verbose = verbose
        self._status = ""
        self._told_at = 0.0

    def say(self, text: str) -> None:
        """One event."""
        self.tell(mask(text))

    def tell(self, text: str) -> None:
        """One event that may hold a secret which the person at the terminal needs."""
        self._write(f"{time.strftime('%H:%M:%S')} {text}\n")

    def relay(self, name: str, line: LogLine) -> None:
        """A line that a service logged: its warnings, or everything."""
        if self._verbose or line.level not in {"debug", "info"}:
            self.say(f"{name}: {line.text}")

    def status(
        self,
        streams: Sequence[StreamInfo],
        workers: Sequence[WorkerInfo],
        wanted: Mapping[str, int],
    ) -> None:
        """How it goes, once a second."""
        text = status_text(streams, workers, wanted)
        if self._out.isatty():
            self._status = text
            self._write("")
        elif time.monotonic() - self._told_at >= _PLAIN_SECONDS:
            self._told_at = time.monotonic()
            self.say(text)

    def _write(self, text: str) -> None:
        if self._out.isatty():
            self._out.write(f"\r\x1b[K{text}{self._status}")
        else:
            self._out.write(text)
        self._out.flush()


class ConsoleLog(logging.Handler):
    """Shows what this process logs as events of the console, so that it reads as one text."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """One record, its traceback included."""
        self._console.say(self.format(record))


def status_text(
    streams: Sequence[StreamInfo], workers: Sequence[WorkerInfo], wanted: Mapping[str, int]
) -> str:
    """Streams, frames per second, drops and workers, in one line."""
    live = sum(stream.state is SourceState.LIVE for stream in streams)
    captured = sum(stream.fps for stream in streams)
    inferred = sum(worker.inferred_fps for worker in workers)
    dropped = sum(worker.drop_fps for worker in workers)
    crews = []
    for task, count in sorted(wanted.items()):
        there = [worker for worker in workers if worker.task == task]
        model = f" {there[0].model} {there[0].precision}" if there else ""
        crews.append(f"{task} {len(there)}/{count}{model}")
    return (
        f"streams {live}/{len(streams)} live · {captured:.0f} fps in · {inferred:.0f} inferred · "
        f"{dropped:.0f} dropped · workers: {', '.join(crews)}"
    )
