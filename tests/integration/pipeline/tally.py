"""An account of every frame that owes nothing to the ledger, to compare the ledger with.

It is made of what the producers were answered, of what the workers noted before they acted, and of
the names of the frames (not the counts) that Redis keeps for lost ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.pipeline.live_queue.ledger import Ledger, StreamLedger
from apps.pipeline.messages import RefusalReason
from tests.integration.pipeline.notes import Held, Key, Notes

__all__ = ["Tally"]


@dataclass
class Tally:
    """What is known from outside.

    Attributes:
        answers: what producers were answered, per stream: `accepted`, `newest`,
            `too_large`, `conflict`.
        oversized: frames over the limit that foreign producers pushed, per stream.
        removed: frames that foreign consumers took, per stream.
        notes: of the workers.
        lost: tickets of the frames that are lost, and their streams.
        unbooked: frames that were settled in another data set than they were taken from.
    """

    answers: dict[str, Counter[str]] = field(default_factory=dict)
    oversized: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    notes: Notes = field(default_factory=Notes)
    lost: dict[Key, str] = field(default_factory=dict)
    unbooked: int = 0

    def answered(self, stream: str, answer: str, count: int = 1) -> None:
        """A producer was answered."""
        self.answers.setdefault(stream, Counter())[answer] += count

    def read_lost(self, fields: Mapping[Any, Any]) -> None:
        """Take over the tickets of Redis' hash of lost frames."""
        for key, stream in fields.items():
            incarnation, call, place = key.decode().split(" ")
            self.lost[incarnation, int(call), int(place)] = stream.decode()

    def differences(self, ledger: Ledger) -> list[str]:
        """Where the ledger of a queue at rest says something else, one line each."""
        found = self._oddities()
        if ledger.unbooked != self.unbooked:
            found.append(f"unbooked: booked {ledger.unbooked}, counted {self.unbooked}")
        for stream in sorted(ledger.streams.keys() | self.answers.keys()):
            booked = ledger.streams.get(stream, StreamLedger())
            counted = self._account(stream)
            if booked != counted or booked.error:
                found.append(f"{stream}: booked {booked}, counted {counted}")
        return found

    def _oddities(self) -> list[str]:
        """Frames that were handed out or inferred more than once, out of nowhere, or forgotten."""
        numbers = Counter(held.number for held in self.notes.held.values())
        del numbers[None]
        handed_out = [number for number, times in numbers.items() if times > 1]
        inferred = Counter(self.notes.inferred)
        again = [number for number, times in inferred.items() if times > 1]
        strange = inferred.keys() - numbers.keys()
        silent = [
            key
            for key, item in self.notes.held.items()
            if not item.outcome and key not in self.lost
        ]
        return [
            f"{what}: {[*frames][:5]}"
            for what, frames in (
                ("handed out twice", handed_out),
                ("inferred twice", again),
                ("inferred but never handed out", strange),
                ("neither settled nor lost", silent),
            )
            if frames
        ]

    def _account(self, stream: str) -> StreamLedger:
        """The books of one stream as they must be when nothing waits and nothing is in flight."""
        answers = self.answers.get(stream, Counter())
        held = {key: item for key, item in self.notes.held.items() if item.stream == stream}
        lost = {key for key, name in self.lost.items() if name == stream}
        settled = {key: item for key, item in held.items() if key not in lost}
        dropped = Counter(newest=answers["newest"], removed=self.removed[stream])
        dropped["too_large"] = self.oversized[stream]
        dropped["overflow"] = answers["accepted"] - self.oversized[stream] - len(held.keys() | lost)
        dropped["overflow"] -= self.removed[stream]
        for item in settled.values():
            if item.outcome.startswith("dropped|"):
                dropped[item.outcome.removeprefix("dropped|")] += 1
        refused = {reason.value: answers[reason] for reason in RefusalReason}
        return StreamLedger(
            pushed=answers["accepted"] + answers["newest"],
            inferred=self._inferred(settled),
            lost=len(lost),
            dropped={reason: count for reason, count in dropped.items() if count},
            refused={reason: count for reason, count in refused.items() if count},
        )

    def _inferred(self, settled: Mapping[Key, Held]) -> int:
        """Frames that an engine saw and whose worker lived to say so."""
        seen = set(self.notes.inferred)
        return sum(
            item.number in seen
            for item in settled.values()
            if not item.outcome.startswith("dropped|")
        )
