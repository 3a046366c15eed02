"""Comparison of the model with logs of a real controller.

The logs are CSV files with one row per second, recorded on a real control plane with simulated
pods: 18 frames/s each, ready 15 s after the start, even load, excess frames dropped at once (no
queue). The logs leave some phases open, so all are tried: the decisions of the controller (known
to half a second from the first change of the number of pods), the scrapes of Prometheus (five
phases), and the start of the first pod's window for metrics that have one.
"""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from apps.scaling.hpa_algorithm import SYNC_SECONDS
from apps.scaling.hpa_policy import HpaPolicy, MetricTarget
from apps.scaling.offered_work import OfferedWorkRule
from tools.scaling_lab.load import Load
from tools.scaling_lab.manifest import GAUGE_WINDOW, offered_rate
from tools.scaling_lab.scaling import ScalingSetup, SignalOf
from tools.scaling_lab.signals import AveragingWindow, Gauge, PodRate
from tools.scaling_lab.simulation import Cluster, Run, simulate

__all__ = ["Agreement", "Recorded", "agreement", "calibrate", "recordings"]

_START_SECONDS = 15.0
#: A sync takes slightly longer than its period: the logs drift by a second in 25 decisions.
_SYNC_SECONDS = 15.04
_SETTLE_SECONDS = 60  # the totals of the logs begin after a minute


@dataclass(frozen=True, slots=True)
class Recorded:
    """One deployment of one log.

    Attributes:
        log: file name without its ending.
        name: signal and load.
        load: offered frames per second.
        replicas: pods in each second.
        lost: lost frames in each second.
        begin_at: start of the first pod; -inf if it was ready before the log begins.
        stabilisation_seconds: stabilisation window of scaling down.
    """

    log: str
    name: str
    load: Load
    replicas: tuple[int, ...]
    lost: tuple[float, ...]
    begin_at: float
    stabilisation_seconds: float

    @property
    def signal(self) -> str:
        """`gauge`, `counter`, `old`, `keda`, `c15` or `c30`."""
        return self.name.partition("-")[0]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of the model with one deployment.

    Attributes:
        recorded: the log.
        run: best run of the model.
        share: share of the seconds within one pod and one sync period, 0..1, at the best phases.
        worst: the same at the worst phases.
        lost: per cent of the frames after the first minute, logged and modelled.
        pod_seconds: after the first minute, logged and modelled.
    """

    recorded: Recorded
    run: Run
    share: float
    worst: float
    lost: tuple[float, float]
    pod_seconds: tuple[int, int]


def recordings(folder: Path) -> Iterator[Recorded]:
    """Every deployment of the three logs in a folder."""
    for log, stabilisation in (("step", 60), ("three_loads_60s", 60), ("three_loads_300s", 300)):
        with (folder / f"{log}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for column in rows[0]:
            if column.endswith("_all"):
                yield _recorded(log, column.removesuffix("_all"), rows, stabilisation)


def _recorded(
    log: str, name: str, rows: Sequence[dict[str, str]], stabilisation: float
) -> Recorded:
    def column(ending: str) -> list[float]:
        return [float(row[f"{name}_{ending}"]) for row in rows]

    own = f"{name}_offered"
    offered = [float(row[own if own in row else "offered"]) for row in rows]
    ready = column("ready")
    first_ready = next(at for at, number in enumerate(ready) if number)
    return Recorded(
        log=log,
        name=name,
        load=Load(name, tuple(offered)),
        replicas=tuple(int(number) for number in column("all")),
        lost=tuple(column("dropfps")),
        begin_at=first_ready - _START_SECONDS if first_ready >= _START_SECONDS else -math.inf,
        stabilisation_seconds=300 if name.startswith("keda") else stabilisation,
    )


def agreement(logged: Sequence[int], modelled: Sequence[int]) -> float:
    """Share of the seconds in which both agree within one pod and one sync period, 0..1.

    A second agrees if the modelled number of pods differs by at most one from the logged number
    at any time within one sync period.
    """
    reach = int(SYNC_SECONDS)
    good = 0
    for at, number in enumerate(logged):
        near = modelled[max(0, at - reach) : at + reach + 1]
        good += any(abs(other - number) <= 1 for other in set(near))
    return good / len(logged)


def calibrate(recorded: Recorded) -> Agreement:
    """Find the run with the best agreement over all open phases."""
    runs = [simulate(recorded.load, scaling, at) for scaling, at in _open(recorded)]
    shares = [agreement(recorded.replicas, run.replicas) for run in runs]
    exact = [
        sum(a == b for a, b in zip(recorded.replicas, run.replicas, strict=True)) for run in runs
    ]
    best = max(range(len(runs)), key=lambda number: (shares[number], exact[number]))
    offered = sum(recorded.load.fps[_SETTLE_SECONDS:]) / 100
    return Agreement(
        recorded=recorded,
        run=runs[best],
        share=shares[best],
        worst=min(shares),
        lost=(
            sum(recorded.lost[_SETTLE_SECONDS:]) / offered,
            sum(runs[best].lost[_SETTLE_SECONDS:]) / offered,
        ),
        pod_seconds=(
            sum(recorded.replicas[_SETTLE_SECONDS:]),
            sum(runs[best].replicas[_SETTLE_SECONDS:]),
        ),
    )


def _open(recorded: Recorded) -> Iterator[tuple[ScalingSetup, Cluster]]:
    """Autoscaler and cluster for every open phase."""
    changes = [
        at
        for at in range(5, len(recorded.replicas))  # before that, pods were set manually
        if recorded.replicas[at] != recorded.replicas[at - 1]
    ]
    begin = max(recorded.begin_at + _START_SECONDS, 2.0)
    for early, scrape, signal_of in itertools.product(
        (0.9, 0.5, 0.1), range(5), _signals(recorded.signal, recorded.log)
    ):
        sync = (changes[0] - early - begin) % SYNC_SECONDS + begin
        cluster = Cluster(
            places=0,
            begin_at=recorded.begin_at,
            start_seconds=_START_SECONDS,
            sync_seconds=_SYNC_SECONDS,
            sync_at=sync,
            scrape_at=scrape + 0.2,
        )
        yield ScalingSetup(recorded.name, _policy(recorded), signal_of), cluster


def _policy(recorded: Recorded) -> HpaPolicy:
    target = 1000 if recorded.signal == "old" else 800
    metric = MetricTarget("Pods", "AverageValue", recorded.signal, (), target)
    if recorded.signal == "keda":
        metric = replace(metric, source="External")
    policy = HpaPolicy(recorded.name, metric, min_replicas=1, max_replicas=30)
    down = replace(policy.down, stabilisation_seconds=recorded.stabilisation_seconds)
    return replace(policy, down=down)


def _signals(signal: str, log: str) -> list[SignalOf]:
    window = 15.0 if signal == "c15" or (signal == "keda" and log.endswith("300s")) else 30.0
    if signal == "keda":
        return [offered_rate(OfferedWorkRule("", window, 0.0, 1.0))]
    if signal in {"gauge", "old"}:
        windows = [replace(GAUGE_WINDOW, first_at=float(first)) for first in range(0, 10, 2)]
        return [_gauge(window, against_maximum=signal == "old") for window in windows]
    return [lambda pool, _: PodRate(pool, window)]


def _gauge(window: AveragingWindow, *, against_maximum: bool) -> SignalOf:
    return lambda pool, _: Gauge(pool, window, against_maximum=against_maximum)
