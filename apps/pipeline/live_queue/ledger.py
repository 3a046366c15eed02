"""The ledger: the state or outcome of every frame that a live queue accepted.

For each stream, ``pushed = queued + in flight + inferred + dropped (by reason) + lost`` holds
exactly. `StreamLedger.error` is the difference; any value other than 0 is a bug. Refused frames are
not accepted and have separate counters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Ledger", "StreamLedger", "read_ledger"]


@dataclass
class StreamLedger:
    """Frame counts of one stream, or of a whole task."""

    pushed: int = 0  #: accepted frames
    queued: int = 0  #: frames that wait in the queue
    in_flight: int = 0  #: frames that a worker holds
    inferred: int = 0  #: frames with a result
    lost: int = 0  #: frames of workers whose lease expired
    dropped: dict[str, int] = field(default_factory=dict)  #: dropped frames by reason
    #: frames that were not accepted, by reason
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def error(self) -> int:
        """Frames missing from the ledger; any value other than 0 is a bug."""
        known = self.queued + self.in_flight + self.inferred + self.lost
        return self.pushed - known - sum(self.dropped.values())

    def add(self, other: StreamLedger) -> None:
        """Add the counts of another stream to these."""
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
    """The ledger of one task at one moment."""

    task: str  #: task name
    id: str  #: identity of the data set: changes when Redis loses its data
    at: int  #: time of reading, microseconds of Redis' clock
    bytes: int  #: size of the waiting frames, bytes
    unbooked: int  #: settlements for a lost data set; not counted elsewhere
    streams: dict[str, StreamLedger]  #: counts by stream name

    @property
    def total(self) -> StreamLedger:
        """The sum over all streams."""
        total = StreamLedger()
        for stream in self.streams.values():
            total.add(stream)
        return total


def read_ledger(task: str, answer: Sequence[Any]) -> Ledger:
    """The ledger from the answer of the sweep script.

    Args:
        task: task name.
        answer: ledger id, time, ledger fields and values, index lines, names of frames in flight.
    """
    ledger_id, at, flat, index, flight = answer
    fields = {
        key.decode(errors="replace"): value
        for key, value in zip(flat[::2], flat[1::2], strict=True)
    }
    streams: dict[str, StreamLedger] = {}
    for key, value in fields.items():
        what, bar, rest = key.partition("|")
        if bar:
            _count(streams, what, rest, int(value))
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


def _count(streams: dict[str, StreamLedger], what: str, rest: str, count: int) -> None:
    if what in {"dropped", "refused"}:
        reason, _, name = rest.partition("|")
        ledger = streams.setdefault(name, StreamLedger())
        reasons = ledger.dropped if what == "dropped" else ledger.refused
        reasons[reason] = reasons.get(reason, 0) + count
    else:
        ledger = streams.setdefault(rest, StreamLedger())
        setattr(ledger, what, getattr(ledger, what) + count)
