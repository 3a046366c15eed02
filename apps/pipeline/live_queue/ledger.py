"""The books: where every frame that a live queue accepted is, or what became of it.

``pushed = queued + in flight + inferred + dropped (by reason) + lost``, per stream and exactly;
`StreamLedger.error` is the difference, and anything but 0 is a bug. Refused frames were never
accepted and stand apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Ledger", "StreamLedger", "read_ledger"]


@dataclass
class StreamLedger:
    """The books of one stream (or of a whole task)."""

    pushed: int = 0
    queued: int = 0
    in_flight: int = 0
    inferred: int = 0
    lost: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def error(self) -> int:
        """Frames that the books cannot account for: 0."""
        known = self.queued + self.in_flight + self.inferred + self.lost
        return self.pushed - known - sum(self.dropped.values())

    def add(self, other: StreamLedger) -> None:
        """Add another stream's figures to these."""
        self.pushed += other.pushed
        self.queued += other.queued
        self.in_flight += other.in_flight
        self.inferred += other.inferred
        self.lost += other.lost
        for mine, theirs in ((self.dropped, other.dropped), (self.refused, other.refused)):
            for reason, count in theirs.items():
                mine[reason] = mine.get(reason, 0) + count


@dataclass(frozen=True)
class Ledger:
    """The books of one task at one moment.

    Attributes:
        task: task name.
        id: identity of this data set: new when Redis lost its data.
        at: when, microseconds of Redis' clock.
        bytes: bytes waiting.
        unbooked: settlements of another data set, never added.
        streams: by stream name.
    """

    task: str
    id: str
    at: int
    bytes: int
    unbooked: int
    streams: dict[str, StreamLedger]

    @property
    def total(self) -> StreamLedger:
        """All streams together."""
        total = StreamLedger()
        for stream in self.streams.values():
            total.add(stream)
        return total


def read_ledger(task: str, answer: Sequence[Any]) -> Ledger:
    """The books from the sweep script's answer: id, now, counters, index lines, names in flight."""
    ledger_id, at, flat, index, flight = answer
    fields = {
        key.decode(errors="replace"): value
        for key, value in zip(flat[::2], flat[1::2], strict=True)
    }
    streams: dict[str, StreamLedger] = {}
    for key, value in fields.items():
        what, bar, rest = key.partition("|")
        if bar:
            _book(streams, what, rest, int(value))
    for line in index:
        name = line.split(b" ", 3)[3].decode(errors="replace")
        streams.setdefault(name, StreamLedger()).queued += 1
    for name in flight:
        streams.setdefault(name.decode(errors="replace"), StreamLedger()).in_flight += 1
    return Ledger(
        task=task,
        id=ledger_id.decode(),
        at=int(at),
        bytes=int(fields.get("bytes", 0)),
        unbooked=int(fields.get("unbooked", 0)),
        streams=streams,
    )


def _book(streams: dict[str, StreamLedger], what: str, rest: str, count: int) -> None:
    if what in {"dropped", "refused"}:
        reason, _, name = rest.partition("|")
        ledger = streams.setdefault(name, StreamLedger())
        reasons = ledger.dropped if what == "dropped" else ledger.refused
        reasons[reason] = reasons.get(reason, 0) + count
    else:
        ledger = streams.setdefault(rest, StreamLedger())
        setattr(ledger, what, getattr(ledger, what) + count)
