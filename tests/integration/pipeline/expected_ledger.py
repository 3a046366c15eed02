"""The expected ledger: an independent account of every frame, to compare the ledger with.

It is computed from the answers to the producers, from the logs of the workers, and from the names
of lost frames in Redis; it uses none of the counters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.pipeline.live_queue.ledger import Ledger, StreamLedger
from apps.pipeline.messages import RefusalReason
from tests.integration.pipeline.worker_log import HeldFrame, Key, WorkerLog

__all__ = ["ExpectedLedger"]


@dataclass
class ExpectedLedger:
    """Independent counts of all frames.

    Attributes:
        answers: answers to producers by stream: `accepted`, `newest`, `too_large`, `conflict`.
        oversized: frames of foreign producers above the size limit, by stream.
        removed: frames that foreign consumers removed, by stream.
        workers: logs of the workers.
        lost: streams of the lost frames, by ticket.
        unbooked: frames settled in another data set than the one they were popped from.
    """

    answers: dict[str, Counter[str]] = field(default_factory=dict)
    oversized: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    workers: WorkerLog = field(default_factory=WorkerLog)
    lost: dict[Key, str] = field(default_factory=dict)
    unbooked: int = 0

    def answered(self, stream: str, answer: str, count: int = 1) -> None:
        """Count an answer to a producer."""
        self.answers.setdefault(stream, Counter())[answer] += count

    def read_lost(self, fields: Mapping[Any, Any]) -> None:
        """Read the tickets in Redis' hash of lost frames."""
        for key, stream in fields.items():
            incarnation, call, place = key.decode().split(" ")
            self.lost[incarnation, int(call), int(place)] = stream.decode()

    def differences(self, ledger: Ledger) -> list[str]:
        """Differences from the ledger of an idle queue, one line each."""
        found = self._oddities()
        if ledger.unbooked != self.unbooked:
            found.append(f"unbooked: ledger {ledger.unbooked}, expected {self.unbooked}")
        for stream in sorted(ledger.streams.keys() | self.answers.keys()):
            booked = ledger.streams.get(stream, StreamLedger())
            counted = self._account(stream)
            if booked != counted or booked.error:
                found.append(f"{stream}: ledger {booked}, expected {counted}")
        return found

    def _oddities(self) -> list[str]:
        """Frames that were popped or inferred twice, inferred without a pop, or forgotten."""
        numbers = Counter(held.number for held in self.workers.held.values())
        del numbers[None]
        handed_out = [number for number, times in numbers.items() if times > 1]
        inferred = Counter(self.workers.inferred)
        again = [number for number, times in inferred.items() if times > 1]
        strange = inferred.keys() - numbers.keys()
        silent = [
            key
            for key, item in self.workers.held.items()
            if not item.outcome and key not in self.lost
        ]
        return [
            f"{what}: {[*frames][:5]}"
            for what, frames in (
                ("popped twice", handed_out),
                ("inferred twice", again),
                ("inferred but never popped", strange),
                ("neither settled nor lost", silent),
            )
            if frames
        ]

    def _account(self, stream: str) -> StreamLedger:
        """The expected counts of one stream when no frame waits or is in flight."""
        answers = self.answers.get(stream, Counter())
        held = {key: item for key, item in self.workers.held.items() if item.stream == stream}
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

    def _inferred(self, settled: Mapping[Key, HeldFrame]) -> int:
        """Inferred frames whose worker lived long enough to settle them."""
        seen = set(self.workers.inferred)
        return sum(
            item.number in seen
            for item in settled.values()
            if not item.outcome.startswith("dropped|")
        )
