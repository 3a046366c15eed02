"""Comparison of policies on the same loads at all phases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tools.scaling_lab.load import Load
from tools.scaling_lab.oracle import consult
from tools.scaling_lab.scaling import ScalingSetup
from tools.scaling_lab.simulation import Cluster, Run, simulate

__all__ = ["PHASES", "Row", "Spread", "Total", "compare", "phases", "reversals", "total"]

#: Times of the first decision and the first scrape, seconds. Their phase relative to the load is
#: arbitrary, so a policy is evaluated at all of these.
PHASES: tuple[tuple[float, float], ...] = tuple(
    (15.0 + sync, 0.5 + number % 5) for number, sync in enumerate(range(0, 15, 2))
)


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over all phases.

    Attributes:
        least: smallest.
        mean: average.
        most: largest.
    """

    least: float
    mean: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Spread of the values."""
        known = list(values)
        return cls(min(known), sum(known) / len(known), max(known))


@dataclass(frozen=True, slots=True)
class Row:
    """Results of one policy on one load.

    Attributes:
        load: name.
        policy: name.
        lost: share of the frames offered, 0..1.
        regret: lost share beyond that of the oracle, 0..1.
        pod_seconds: pods times seconds.
        cost: pod-seconds relative to the oracle's.
        events: changes of the number of pods.
        reversals: changes of direction; 1 for a rise and a fall.
        peak: largest number of pods.
        last: time of the last change, seconds.
    """

    load: str
    policy: str
    lost: Spread
    regret: Spread
    pod_seconds: Spread
    cost: Spread
    events: Spread
    reversals: Spread
    peak: Spread
    last: Spread


@dataclass(frozen=True, slots=True)
class Total:
    """Results of one policy on several loads together.

    Attributes:
        policy: name.
        lost: share of the frames of all loads, 0..1.
        pod_seconds: of all loads.
        cost: pod-seconds relative to the oracle's, maximum over loads and phases.
        turns: changes of direction beyond the oracle's, maximum over phases, sum over loads.
    """

    policy: str
    lost: float
    pod_seconds: float
    cost: float
    turns: float


def phases(cluster: Cluster) -> list[Cluster]:
    """The same cluster at every phase."""
    return [replace(cluster, sync_at=sync, scrape_at=scrape) for sync, scrape in PHASES]


def reversals(run: Run) -> int:
    """Number of changes of direction: 1 for one rise and one fall."""
    directions = [event.after > event.before for event in run.events]
    return sum(new != old for old, new in pairwise(directions))


def compare(load: Load, scalings: Iterable[ScalingSetup], cluster: Cluster) -> list[Row]:
    """One row per policy, the oracle last."""
    policies = list(scalings)
    oracle = consult(load, policies[0].policy, cluster)
    rows = [
        _row(load, scaling.name, [simulate(load, scaling, at) for at in phases(cluster)], oracle)
        for scaling in policies
    ]
    return [*rows, _row(load, "oracle", [oracle], oracle)]


def total(rows: Sequence[Sequence[Row]], loads: Sequence[Load]) -> list[Total]:
    """One total per policy except the oracle.

    Args:
        rows: rows of each load for the same policies, the oracle last.
        loads: loads in the same order.
    """
    offered = [sum(load.fps) for load in loads]
    return [
        Total(
            policy=of_policy[0].policy,
            lost=sum(row.lost.mean * frames for row, frames in zip(of_policy, offered, strict=True))
            / sum(offered),
            pod_seconds=sum(row.pod_seconds.mean for row in of_policy),
            cost=max(row.cost.most for row in of_policy),
            turns=sum(
                max(0.0, row.reversals.most - oracle.reversals.most)
                for row, oracle in zip(of_policy, (item[-1] for item in rows), strict=True)
            ),
        )
        for of_policy in zip(*(item[:-1] for item in rows), strict=True)
    ]


def _row(load: Load, name: str, runs: list[Run], oracle: Run) -> Row:
    return Row(
        load=load.name,
        policy=name,
        lost=Spread.of(run.lost_share for run in runs),
        regret=Spread.of(max(0.0, run.lost_share - oracle.lost_share) for run in runs),
        pod_seconds=Spread.of(run.pod_seconds for run in runs),
        cost=Spread.of(run.pod_seconds / oracle.pod_seconds for run in runs),
        events=Spread.of(len(run.events) for run in runs),
        reversals=Spread.of(reversals(run) for run in runs),
        peak=Spread.of(run.peak for run in runs),
        last=Spread.of(run.events[-1].at if run.events else 0.0 for run in runs),
    )
