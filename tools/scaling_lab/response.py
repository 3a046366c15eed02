"""Response of an autoscaler in a steady state: its recommendation for each number of pods.

A number of pods is *at rest* if the autoscaler recommends the same number under a steady load. A
policy without a number at rest cycles; one that rests where frames are lost loses them permanently.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tools.scaling_lab.pool import Pool
from tools.scaling_lab.replicas import wanted
from tools.scaling_lab.scaling import ScalingSetup
from tools.scaling_lab.simulation import Cluster

__all__ = ["Response", "StepResponse", "respond"]

_SETTLE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class StepResponse:
    """Recommendation at one number of pods.

    Attributes:
        pods: current number of pods.
        asks: recommended number within the limits; equal to `pods` if the metric is missing.
        reads: metric value: total, or mean per pod for a Pods metric.
        lost: share of lost frames at this number, 0..1.
    """

    pods: int
    asks: int
    reads: float
    lost: float


@dataclass(frozen=True, slots=True)
class Response:
    """Recommendations at every number of pods under one steady load.

    Attributes:
        fps: load, frames per second.
        work: load in fully busy pods.
        answers: recommendations for 1 pod, 2 pods and so on up to the maximum.
    """

    fps: float
    work: float
    answers: tuple[StepResponse, ...]

    @property
    def at_rest(self) -> list[StepResponse]:
        """Recommendations equal to the current number."""
        return [answer for answer in self.answers if answer.asks == answer.pods]

    def at(self, pods: int) -> StepResponse:
        """Recommendation at one number of pods, or at the nearest in range."""
        return self.answers[min(max(pods, 1), len(self.answers)) - 1]


def respond(scaling: ScalingSetup, cluster: Cluster, fps: float) -> Response:
    """Hold each number of pods for two minutes, then read the recommendation.

    Args:
        scaling: the autoscaler.
        cluster: source of capacity, queue and scrape interval.
        fps: steady load, frames per second.
    """
    numbers = range(1, scaling.policy.max_replicas + 1)
    answers = tuple(_answer(scaling, cluster, fps, number) for number in numbers)
    return Response(fps, fps / cluster.capacity, answers)


def _answer(scaling: ScalingSetup, cluster: Cluster, fps: float, number: int) -> StepResponse:
    pool = Pool(capacity=cluster.capacity, start_seconds=0.0, places=cluster.places)
    pool.scale(-math.inf, number)
    signal = scaling.signal_of(pool, cluster.capacity)
    before = 0.0
    for second in range(_SETTLE_SECONDS):
        if second == _SETTLE_SECONDS - 60:
            before = pool.lost
        if second % int(cluster.scrape_seconds) == 0:
            signal.scrape(second)
        pool.tick(second, fps)
    reading = signal.read(_SETTLE_SECONDS)
    policy = scaling.policy
    asks = wanted(policy, reading, pool.pods, number)
    asks = number if asks is None else min(max(asks, policy.min_replicas), policy.max_replicas)
    values = list(reading.pods.values())
    if policy.metric.source in {"Pods", "Resource"} and values:
        reads = sum(values) / len(values)
    else:
        reads = reading.total or 0.0
    return StepResponse(number, asks, reads, (pool.lost - before) / max(60 * fps, 1e-9))
