"""Promises of the shipped policy, checked on every load and at every phase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.scaling_lab.comparison import Row, Total, total
from tools.scaling_lab.load import Load

__all__ = ["Claim", "check", "check_all", "check_together"]

#: Smaller differences of losses (share of the frames) are rounding errors: all policies have the
#: same loads at the same phases.
_EQUAL = 1e-6
_MOST_COST = 1.1
#: Two bursts of the pulse train: the first requests the pods, the second the missing ones.
_FIRST_RISE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Claim:
    """One promise on one load.

    Attributes:
        text: the promise.
        load: name of the load.
        kept: whether the promise is kept.
        figures: the measured numbers.
    """

    text: str
    load: str
    kept: bool
    figures: str


def check_all(rows: Sequence[Sequence[Row]], loads: Sequence[Load]) -> Iterator[Claim]:
    """Check every claim on all loads together and on each load.

    Args:
        rows: rows of each load, the shipped policy first and the oracle last.
        loads: loads in the same order.
    """
    yield from check_together(total(rows, loads))
    for of_load in rows:
        yield from check(of_load)


def check_together(totals: Sequence[Total]) -> Iterator[Claim]:
    """Check the claims on all loads together.

    Args:
        totals: totals, the shipped policy first.
    """
    ours, *rivals = totals
    best = min(rivals, key=lambda total: total.lost)
    yield Claim(
        "loses no more frames than any other policy",
        "all",
        ours.lost <= best.lost + _EQUAL,
        f"{ours.lost:.2%} against {best.lost:.2%} ({best.policy})",
    )
    careful = [total for total in rivals if total.lost <= ours.lost + _EQUAL]
    cheapest = min(careful, key=lambda total: total.pod_seconds, default=None)
    yield Claim(
        "needs fewer pod-seconds than those that lose as few",
        "all",
        cheapest is None or ours.pod_seconds <= cheapest.pod_seconds,
        f"{ours.pod_seconds:.0f}, "
        + (f"against {cheapest.pod_seconds:.0f} ({cheapest.policy})" if cheapest
           else "none loses as few"),
    )  # fmt: skip


def check(rows: Sequence[Row]) -> Iterator[Claim]:
    """Check every claim on one load.

    Args:
        rows: rows of one load, including the shipped policy and the oracle.
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
