"""What the shipped policy must keep, checked on every load and at every phase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.scaling.comparison import Row

__all__ = ["Claim", "check"]

#: Losses that differ by less than this (share of the frames) are equal: it is what one second of
#: another phase makes in an hour.
_EQUAL = 0.0005
_MOST_COST = 1.1
#: Two bursts of the pulse train: the first calls the pods, the second finds what was missing.
_FIRST_RISE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Claim:
    """One promise on one load.

    Attributes:
        text: what is promised.
        load: on which load.
        kept: whether.
        figures: the numbers.
    """

    text: str
    load: str
    kept: bool
    figures: str


def check(rows: Sequence[Row]) -> Iterator[Claim]:
    """Every claim on one load.

    Args:
        rows: of one load, ours and the oracle's among them.
    """
    by_policy = {row.policy: row for row in rows}
    ours, oracle = by_policy.pop("ours"), by_policy.pop("oracle")
    rivals = list(by_policy.values())
    best = min(rivals, key=lambda row: row.lost.mean)
    yield Claim(
        "loses no more frames than any other policy",
        ours.load,
        ours.lost.mean <= best.lost.mean + _EQUAL,
        f"{ours.lost.mean:.2%} against {best.lost.mean:.2%} ({best.policy})",
    )
    yield _thrift(ours, rivals)
    yield Claim(
        f"needs at most {_MOST_COST} x the oracle's pod-seconds",
        ours.load,
        ours.cost.most <= _MOST_COST,
        f"{ours.cost.least:.3f} to {ours.cost.most:.3f}",
    )
    yield Claim(
        "rises and falls no more often than the oracle",
        ours.load,
        ours.reversals.most <= oracle.reversals.most,
        f"{ours.reversals.most:.0f} turns against {oracle.reversals.most:.0f}",
    )
    if ours.load == "pulse":
        yield Claim(
            "changes nothing after its first rise",
            ours.load,
            ours.reversals.most == 0 and ours.last.most < _FIRST_RISE_SECONDS,
            f"{ours.events.most:.0f} changes, the last after {ours.last.most:.0f} s",
        )


def _thrift(ours: Row, rivals: Sequence[Row]) -> Claim:
    text = "needs fewer pod-seconds than those that lose as few"
    careful = [row for row in rivals if row.lost.mean <= ours.lost.mean + _EQUAL]
    if not careful:
        return Claim(text, ours.load, kept=True, figures="none loses as few")
    cheapest = min(careful, key=lambda row: row.pod_seconds.mean)
    mine, its = ours.pod_seconds.mean, cheapest.pod_seconds.mean
    return Claim(text, ours.load, mine <= its, f"{mine:.0f} against {its:.0f} ({cheapest.policy})")
