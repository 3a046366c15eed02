"""Diagnosis: the faults of a policy, with explanations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tools.scaling_lab.comparison import phases, reversals
from tools.scaling_lab.load import Load, pulse, steady
from tools.scaling_lab.response import Response, respond
from tools.scaling_lab.scaling import ScalingSetup
from tools.scaling_lab.simulation import Cluster, Run, simulate

__all__ = ["PolicyFault", "diagnose"]

#: Steady loads under which a policy must settle, in fully busy pods.
_WORKS = (0.5, 5.5, 22.2)
#: A larger share of permanently lost frames is a fault; a smaller one may be the start.
_LOSS = 0.01
#: A larger lost share is more than the first burst, for which no policy can have pods.
_MISSED = 0.03
_HOUR = 3600
_RISEN = 900  # after a quarter of an hour every stable policy has settled
_BURST_SECONDS = 60
_DARK = (1200.0, 2400.0)
_IDLE_SECONDS = 900


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """One fault.

    Attributes:
        fault: short name.
        text: what happens and why.
    """

    fault: str
    text: str


def diagnose(scaling: ScalingSetup, cluster: Cluster) -> list[PolicyFault]:
    """All faults that the model finds."""
    return [
        *_unsteady(scaling, cluster),
        *_unstable_on_bursts(scaling, cluster),
        *_blind(scaling, cluster),
        *_zero(scaling, cluster),
    ]


def _unsteady(scaling: ScalingSetup, cluster: Cluster) -> Iterator[PolicyFault]:
    """Faults under steady loads; each fault is reported for the first load that shows it."""
    found: dict[str, PolicyFault] = {}
    for work in _WORKS:
        fps = work * cluster.capacity
        if math.ceil(work / 0.8) > scaling.policy.max_replicas:
            continue
        run = simulate(steady(fps), scaling, cluster)
        response = respond(scaling, cluster, fps)
        for finding in (_cycle(scaling, response, run), _starved(scaling, response, run)):
            if finding is not None:
                found.setdefault(finding.fault, finding)
    yield from found.values()


def _cycle(scaling: ScalingSetup, response: Response, run: Run) -> PolicyFault | None:
    later = [event for event in run.events if event.at >= _RISEN]
    if reversals(run) < 3 or not later:
        return None
    low, high = min(run.replicas[_RISEN:]), max(run.replicas[_RISEN:])
    few, many = response.at(low), response.at(high)
    window = scaling.policy.down.stabilisation_seconds
    what = (
        f"Under a steady load of {response.fps:g} frames/s, which keeps {response.work:.1f} pods "
        f"busy, it goes between {low} and {high} pods, {len(later)} changes in 45 minutes, and "
        f"loses {run.lost_share:.1%} of the frames."
    )
    why = (
        f"At {few.pods} its metric reads {few.reads:.2g} and it asks for {few.asks}; "
        f"at {many.pods} the metric reads {many.reads:.2g} and it asks for {many.asks}"
    )
    if response.at_rest:
        stay = ", ".join(str(answer.pods) for answer in response.at_rest)
        why += f"; it would settle at {stay}, but passes over that number"
    else:
        why += ", and at no number of pods does it ask for that number"
    if many.reads < 0.05 * max(few.reads, 1e-9):
        why += (
            ". A metric that falls to 0 once the load is served cannot keep the pods that "
            f"serve it: they are removed after the {window:g} s of stabilisation, "
            "and the overload returns"
        )
    return PolicyFault("limit cycle", f"{what} Why: {why}.")


def _starved(scaling: ScalingSetup, response: Response, run: Run) -> PolicyFault | None:
    tail = sum(run.lost[-600:]) / max(sum(run.offered[-600:]), 1e-9)
    resting = run.replicas[-600:]
    if tail < _LOSS or min(resting) != max(resting):
        return None
    answer = response.at(resting[-1])
    most = max(answer.reads for answer in response.answers)
    target = scaling.policy.metric.target
    text = (
        f"Under a steady load of {response.fps:g} frames/s, which keeps {response.work:.1f} pods "
        f"busy, it stays at {answer.pods} and loses {tail:.1%} of the frames permanently. Why: "
        f"there its metric reads {answer.reads:.3g}, against a target of {target:g}"
    )
    per_task = scaling.policy.metric.source in {"External", "Object"}
    if per_task and math.ceil(most / target) <= answer.pods:
        text += f"; it never reads more than {most:.3g}, so it cannot ask for more pods"
    elif answer.asks == answer.pods:
        text += f", which the tolerance of {scaling.policy.up.tolerance:.0%} leaves alone"
    return PolicyFault("loses frames permanently", f"{text}.")


def _unstable_on_bursts(scaling: ScalingSetup, cluster: Cluster) -> Iterator[PolicyFault]:
    """Faults under bursts."""
    work = min(5.5, 0.7 * scaling.policy.max_replicas)
    load = pulse(1.1 * cluster.capacity, work * cluster.capacity, period=_BURST_SECONDS)
    runs = [simulate(load, scaling, at) for at in phases(cluster)]
    run = max(runs, key=lambda run: (reversals(run), run.lost_share))
    falls = [event for event in run.events if event.after < event.before]
    if reversals(run) < 3:
        yield from _missed(runs)
        return
    window = scaling.policy.down.stabilisation_seconds
    text = (
        f"Under bursts of 15 s in every minute it changes {len(run.events)} times an hour, "
        f"{len(falls)} times downwards, and loses {run.lost_share:.1%} of the frames. Why: "
    )
    if window < _BURST_SECONDS:
        text += f"its stabilisation of {window:g} s is shorter than the minute between bursts."
    else:
        text += (
            "its metric differs for the same load, so the recommendations of the last "
            f"{window:g} s do not fit the need."
        )
    yield PolicyFault("flaps on bursts", text)


def _missed(runs: list[Run]) -> Iterator[PolicyFault]:
    shares = sorted(run.lost_share for run in runs)
    if shares[-1] > _MISSED:
        yield PolicyFault(
            "misses bursts",
            f"Under bursts of 15 s in every minute it loses {shares[0]:.1%} to {shares[-1]:.1%} of "
            "the frames, depending on the phase of its decisions: its metric averages over more "
            "than the burst, or no longer includes it at the decision.",
        )


def _blind(scaling: ScalingSetup, cluster: Cluster) -> Iterator[PolicyFault]:
    """Faults while no metric can be read."""
    work = min(5.5, 0.7 * scaling.policy.max_replicas)
    load = steady(work * cluster.capacity)
    run = simulate(load, scaling, replace(cluster, dark=_DARK))
    before, after = run.replicas[int(_DARK[0]) - 1], run.replicas[int(_DARK[1]) - 1]
    falls = [event for event in run.events if _DARK[0] <= event.at < _DARK[1]]
    if after < before and falls:
        yield PolicyFault(
            "scales down on missing data",
            f"With no metric for 20 minutes under a steady load it goes from {before} to {after} "
            f"pods, because a missing metric {scaling.silence.text}.",
        )


def _zero(scaling: ScalingSetup, cluster: Cluster) -> Iterator[PolicyFault]:
    """Faults of scaling to zero."""
    if scaling.zero is None:
        return
    fps = 2.0 * cluster.capacity
    load = Load("idle", (0.0,) * _IDLE_SECONDS + (fps,) * (_HOUR - _IDLE_SECONDS))
    run = simulate(load, scaling, cluster)
    if run.replicas[_IDLE_SECONDS - 1]:
        yield PolicyFault(
            "never scales to zero", f"After {_IDLE_SECONDS} s without a frame there are still pods."
        )
    elif not run.replicas[-1]:
        yield PolicyFault(
            "never scales from zero",
            "Without pods its metric does not show the waiting frames, so no pod is started.",
        )
    elif reversals(replace(run, events=run.events[1:])) > 1:
        yield PolicyFault(
            "scales to zero under load", "It removes all pods although frames arrive."
        )
