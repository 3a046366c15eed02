"""Recommendation for a reading, computed like the controller's replica calculator."""

from __future__ import annotations

import math
from collections.abc import Mapping

from apps.scaling.hpa_algorithm import milli, recommend, within
from apps.scaling.hpa_policy import HpaPolicy
from tools.scaling_lab.pool import Pod
from tools.scaling_lab.signals import MetricReading

__all__ = ["wanted"]

#: As in the controller, a pod without a value counts as 0 when scaling up, and as its target (100 %
#: of its request for CPU) when scaling down.
_WHOLE_REQUEST = 100.0


def wanted(policy: HpaPolicy, reading: MetricReading, pods: list[Pod], ready: int) -> int | None:
    """The recommendation before stabilisation and limits; None when the metric is missing.

    Args:
        policy: policy with one metric of any type.
        reading: response of the metrics API.
        pods: all pods, including those that are starting.
        ready: number of ready pods.
    """
    metric = policy.metric
    if metric.source in {"Pods", "Resource"}:
        return _by_pods(policy, reading.pods, pods)
    if reading.total is None:
        return None
    if metric.kind == "AverageValue":
        return recommend(reading.total, max(len(pods), 1), policy)
    ratio = milli(reading.total) / metric.target_milli
    return len(pods) if within(ratio, policy) else math.ceil(ratio * ready)


def _by_pods(policy: HpaPolicy, values: Mapping[int, float], pods: list[Pod]) -> int | None:
    if not values:
        return None
    target, current = policy.metric.target, len(pods)
    known = [milli(value) / 1000 for value in values.values()]
    ratio = sum(known) / len(known) / target
    missing = current - len(known)
    if not missing:
        return current if within(ratio, policy) else math.ceil(ratio * len(known))
    stand_in = 0.0
    if ratio < 1:
        stand_in = max(_WHOLE_REQUEST, target) if policy.metric.source == "Resource" else target
    total = sum(known) + missing * stand_in
    again = total / current / target
    if within(again, policy) or (ratio < 1) != (again < 1):
        return current
    number = math.ceil(again * current)
    return current if (again < 1) == (number > current) else number
