"""The oracle, the reference for regret: it knows the offered load of the current second.

Its number of pods is the offered load divided by capacity and target, rounded up. Starting pods
takes time and removing pods waits for the stabilisation window, as for other policies. It does not
know the future; of a noisy load it knows the mean.
"""

from __future__ import annotations

import math

from apps.scaling.hpa_algorithm import milli
from apps.scaling.hpa_policy import HpaPolicy
from tools.scaling_lab.load import Load
from tools.scaling_lab.pool import Pool
from tools.scaling_lab.simulation import Cluster, Event, Run

__all__ = ["consult"]


def consult(load: Load, policy: HpaPolicy, cluster: Cluster) -> Run:
    """Run of the oracle on a load, with the limits and the stabilisation of a policy."""
    pool = Pool(
        capacity=cluster.capacity, start_seconds=cluster.start_seconds, places=cluster.places
    )
    pool.scale(cluster.begin_at, cluster.replicas)
    wants: list[int] = []
    replicas: list[int] = []
    ready: list[int] = []
    lost: list[float] = []
    events: list[Event] = []
    window = int(policy.down.stabilisation_seconds)
    expected = load.expected or load.fps
    for now, fps in enumerate(load.fps):
        need = math.ceil(milli(expected[now] / cluster.capacity) / policy.metric.target_milli)
        wants.append(min(max(need, policy.min_replicas), policy.max_replicas))
        number = max(wants[-max(window, 1) :])
        if number != len(pool.pods):
            events.append(Event(now, len(pool.pods), number, f"needs {need}"))
            pool.scale(now, number)
        before = pool.lost
        replicas.append(number)
        ready.append(len(pool.ready(now)))
        pool.tick(now, fps)
        lost.append(pool.lost - before)
    return Run(load.fps, tuple(lost), tuple(replicas), tuple(ready), tuple(events))
