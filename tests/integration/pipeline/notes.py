"""What a worker wrote down about its frames before it acted on them; survives its SIGKILL."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from apps.pipeline.live_queue.frame_consumer import PoppedFrame, Ticket
from tests.integration.pipeline.frame_number import number_of

__all__ = ["Held", "Notebook", "Notes", "read_notes"]

#: Incarnation, call, place: a ticket without the identity of the data set.
Key = tuple[str, int, int]


class Notebook:
    """Appends lines with single writes: what was written before a SIGKILL stays written."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def popped(self, frames: Iterable[PoppedFrame]) -> None:
        """These frames came into the worker's hands."""
        self._write(
            f"popped {_ticket(frame.ticket)} {number_of(frame.data)} {frame.name}"
            for frame in frames
        )

    def settled(self, ticket: Ticket, outcome: str) -> None:
        """The worker is about to settle a frame."""
        self._write([f"settled {_ticket(ticket)} {outcome}"])

    def inferred(self, number: int) -> None:
        """The engine saw the frame of that number."""
        self._write([f"inferred {number}"])

    def _write(self, lines: Iterable[str]) -> None:
        os.write(self._file, "".join(f"{line}\n" for line in lines).encode())


@dataclass
class Held:
    """One frame that a worker had in its hands."""

    number: int | None
    stream: str
    outcome: str = ""


@dataclass
class Notes:
    """What all workers wrote down.

    Attributes:
        held: every frame in a worker's hands, by ticket.
        inferred: numbers that engines saw, as often as they saw them.
    """

    held: dict[Key, Held] = field(default_factory=dict)
    inferred: list[int] = field(default_factory=list)


def read_notes(files: Iterable[Path]) -> Notes:
    """The notes of all workers, dead or alive."""
    notes = Notes()
    for path in files:
        for line in _whole_lines(path):
            _read(notes, line)
    return notes


def _whole_lines(path: Path) -> Iterator[str]:
    """The lines of a file but for one that death cut short: nothing was done on its account."""
    text = path.read_text(encoding="utf-8")
    yield from text[: text.rfind("\n") + 1].splitlines()


def _read(notes: Notes, line: str) -> None:
    what, rest = line.split(" ", 1)
    if what == "inferred":
        notes.inferred.append(int(rest))
        return
    incarnation, call, place, rest = rest.split(" ", 3)
    key = (incarnation, int(call), int(place))
    if what == "popped":
        number, stream = rest.split(" ", 1)
        notes.held[key] = Held(None if number == "None" else int(number), stream)
    else:
        notes.held[key].outcome = rest


def _ticket(ticket: Ticket) -> str:
    return f"{ticket.incarnation} {ticket.call} {ticket.place}"
