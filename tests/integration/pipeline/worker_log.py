"""The log of a worker: it records each action on a frame in advance, and survives a SIGKILL."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from apps.pipeline.live_queue.frame_consumer import PoppedFrame, Ticket
from tests.integration.pipeline.frame_number import number_of

__all__ = ["HeldFrame", "WorkerLog", "WorkerLogWriter", "read_worker_logs"]

#: Incarnation, call, place: a ticket without the identity of the data set.
Key = tuple[str, int, int]


class WorkerLogWriter:
    """Appends lines with single system calls: a SIGKILL loses no line written before it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def popped(self, frames: Iterable[PoppedFrame]) -> None:
        """Record that the worker popped these frames."""
        self._write(
            f"popped {_ticket(frame.ticket)} {number_of(frame.data)} {frame.name}"
            for frame in frames
        )

    def settled(self, ticket: Ticket, outcome: str) -> None:
        """Record that the worker will settle a frame."""
        self._write([f"settled {_ticket(ticket)} {outcome}"])

    def inferred(self, number: int) -> None:
        """Record that the engine inferred a frame."""
        self._write([f"inferred {number}"])

    def _write(self, lines: Iterable[str]) -> None:
        os.write(self._file, "".join(f"{line}\n" for line in lines).encode())


@dataclass
class HeldFrame:
    """One frame that a worker popped; its outcome is empty until it is settled."""

    number: int | None
    stream: str
    outcome: str = ""


@dataclass
class WorkerLog:
    """The logs of all workers.

    Attributes:
        held: popped frames by ticket.
        inferred: number of each inferred frame, once per inference.
    """

    held: dict[Key, HeldFrame] = field(default_factory=dict)
    inferred: list[int] = field(default_factory=list)


def read_worker_logs(files: Iterable[Path]) -> WorkerLog:
    """Read the logs of all workers, dead or alive."""
    log = WorkerLog()
    for path in files:
        for line in _whole_lines(path):
            _read(log, line)
    return log


def _whole_lines(path: Path) -> Iterator[str]:
    """The complete lines of a file. A worker that died did not act on an incomplete line."""
    text = path.read_text(encoding="utf-8")
    yield from text[: text.rfind("\n") + 1].splitlines()


def _read(log: WorkerLog, line: str) -> None:
    what, rest = line.split(" ", 1)
    if what == "inferred":
        log.inferred.append(int(rest))
        return
    incarnation, call, place, rest = rest.split(" ", 3)
    key = (incarnation, int(call), int(place))
    if what == "popped":
        number, stream = rest.split(" ", 1)
        log.held[key] = HeldFrame(None if number == "None" else int(number), stream)
    else:
        log.held[key].outcome = rest


def _ticket(ticket: Ticket) -> str:
    return f"{ticket.incarnation} {ticket.call} {ticket.place}"
