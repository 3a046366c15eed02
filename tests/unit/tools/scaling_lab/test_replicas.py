"""Recommendations are the controller's, missing pods and all."""

from __future__ import annotations

from typing import Literal

import pytest

from apps.scaling.hpa_policy import HpaPolicy, MetricTarget
from tools.scaling_lab.pool import Pod
from tools.scaling_lab.replicas import wanted
from tools.scaling_lab.signals import MetricReading

Source = Literal["External", "Object", "Pods", "Resource"]
Kind = Literal["AverageValue", "Value", "Utilization"]


def asked(
    reading: MetricReading, pods: int, *, source: Source = "Pods", kind: Kind = "AverageValue",
    target: int = 800, ready: int | None = None,
) -> int | None:  # fmt: skip
    policy = HpaPolicy("x", MetricTarget(source, kind, "x", (), target), 1, 30)
    all_pods = [Pod(number, 0.0, 0.0) for number in range(pods)]
    return wanted(policy, reading, all_pods, pods if ready is None else ready)


def per_pod(*values: float) -> MetricReading:
    return MetricReading(pods=dict(enumerate(values)))


def test_the_mean_of_the_pods_over_the_target_scales_their_number() -> None:
    assert asked(per_pod(1.6, 1.6), 2) == 4
    assert asked(per_pod(0.4, 0.4, 0.4, 0.4), 4) == 2


def test_nothing_changes_within_the_tolerance() -> None:
    assert asked(per_pod(0.87, 0.87), 2) == 2


def test_on_the_way_up_a_pod_without_a_value_counts_as_nothing() -> None:
    assert asked(per_pod(5.55), 4) == 7  # and not 4 x 7


def test_on_the_way_down_a_pod_without_a_value_counts_as_its_target() -> None:
    assert asked(per_pod(0.0, 0.0), 4) == 2


def test_pods_without_a_value_never_turn_the_direction() -> None:
    assert asked(per_pod(0.9), 2) == 2


def test_of_cpu_a_missing_pod_counts_as_its_whole_request_on_the_way_down() -> None:
    reading = per_pod(40.0, 40.0)
    assert asked(reading, 3, source="Resource", kind="Utilization", target=80_000) == 3
    assert asked(reading, 2, source="Resource", kind="Utilization", target=80_000) == 1


def test_a_number_for_the_whole_task_is_divided_by_the_target() -> None:
    assert asked(MetricReading(total=4.1), 2, source="External") == 6


def test_a_value_for_the_whole_task_multiplies_the_ready_pods() -> None:
    assert asked(MetricReading(total=40.0), 4, source="External", kind="Value", target=20_000) == 8
    assert (
        asked(MetricReading(total=40.0), 4, source="External", kind="Value", target=20_000, ready=2)
        == 4
    )


@pytest.mark.parametrize("source", ["External", "Pods", "Resource"])
def test_no_reading_is_no_recommendation(source: Source) -> None:
    assert asked(MetricReading(), 3, source=source) is None
