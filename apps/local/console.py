"""Terminal output of the local runner: events as lines, and one status line."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TextIO

from apps.local.processes.child import LogLine
from apps.pipeline.messages import SourceState, StreamInfo, WorkerInfo
from apps.runtime.logs import mask
from apps.scaling.hpa_algorithm import workers_text

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
        """Print one event; secrets are masked."""
        self.tell(mask(text))

    def tell(self, text: str) -> None:
        """Print one event unmasked, for a secret that the user needs."""
        self._write(f"{time.strftime('%H:%M:%S')} {text}\n")

    def relay(self, name: str, line: LogLine) -> None:
        """Print a log line of a service: warnings only, or every level if verbose."""
        if self._verbose or line.level not in {"debug", "info"}:
            self.say(f"{name}: {line.text}")

    def status(
        self,
        streams: Sequence[StreamInfo],
        workers: Sequence[WorkerInfo],
        wanted: Mapping[str, int],
        limit: int,
    ) -> None:
        """Show the status line; expected once a second."""
        text = status_text(streams, workers, wanted, limit)
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
    """Prints the log records of this process as events of the console."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record with its traceback."""
        self._console.say(self.format(record))


def status_text(
    streams: Sequence[StreamInfo],
    workers: Sequence[WorkerInfo],
    wanted: Mapping[str, int],
    limit: int,
) -> str:
    """Streams, frame rates, drops and workers in one line.

    `wanted` is the desired number of workers by task, `limit` the maximum of a task.
    """
    live = sum(stream.state is SourceState.LIVE for stream in streams)
    captured = sum(stream.fps for stream in streams)
    inferred = sum(worker.inferred_fps for worker in workers)
    dropped = sum(worker.drop_fps for worker in workers)
    tasks = [_task_text(task, workers, count, limit) for task, count in sorted(wanted.items())]
    return (
        f"{live}/{len(streams)} streams live · {captured:.0f} fps in · {inferred:.0f} inferred · "
        f"{dropped:.0f} dropped · {', '.join(tasks)}"
    )


def _task_text(task: str, workers: Sequence[WorkerInfo], wanted: int, limit: int) -> str:
    ready = [worker for worker in workers if worker.task == task]
    if len(ready) == wanted:
        count = workers_text(wanted)
    else:
        count = f"{len(ready)} of {workers_text(wanted)}"
    model = f" {ready[0].model} {ready[0].precision}" if ready else ""
    return f"{task}: {count} (limit {limit}){model}"
