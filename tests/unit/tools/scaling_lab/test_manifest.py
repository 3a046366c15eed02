"""A policy file is read together with the signal of its metric."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.runtime.errors import SettingsError
from tools.scaling_lab.manifest import load_scaling, others, shipped
from tools.scaling_lab.pool import Pool
from tools.scaling_lab.scaling import ScalingSetup
from tools.scaling_lab.signals import (
    Cpu,
    Drops,
    Gauge,
    OfferedOrWaiting,
    OfferedRate,
    PodRate,
    QueueLength,
)


def signal(scaling: ScalingSetup) -> type:
    return type(scaling.signal_of(Pool(capacity=1, start_seconds=0, places=0), 1.0))


def scaled_object(query: str = "ei_offered_work", **spec: Any) -> dict[str, Any]:
    trigger = {
        "type": "prometheus",
        "metadata": {"serverAddress": "x", "query": query, "threshold": "0.8"},
    }
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "x"},
        "spec": {"scaleTargetRef": {"name": "x"}, "triggers": [trigger], **spec},
    }


def load(tmp_path: Path, content: dict[str, Any]) -> ScalingSetup:
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(content))
    return load_scaling(path)


def test_ours_reads_the_shipped_files() -> None:
    ours = shipped()
    assert (ours.policy.metric.name, signal(ours)) == ("ei_offered_work", OfferedRate)


def test_the_others_are_what_they_are_called() -> None:
    found = {scaling.name: signal(scaling) for scaling in others()}
    assert found == {"cpu": Cpu, "drops": Drops, "old-ratio": Gauge, "queue": QueueLength}


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ('ei_offered_work{task="people"}', OfferedRate),
        ("sum(rate(ei_offered_work_seconds_total[30s]))", OfferedRate),
        ('ei_offered_work_or_waiting{task="people"}', OfferedOrWaiting),
        ("sum(ei_scale_ratio)", Gauge),
        ("sum(ei_drop_fps)", Drops),
        ("ei_queue_depth", QueueLength),
    ],
)
def test_the_query_tells_the_signal(tmp_path: Path, query: str, kind: type) -> None:
    assert signal(load(tmp_path, scaled_object(query))) is kind


def test_a_metric_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"'sum\(up\)'; known are ei_offered_work"):
        load(tmp_path, scaled_object("sum(up)"))


def test_a_rate_of_each_pod_is_a_pods_metric(tmp_path: Path) -> None:
    target = {"type": "AverageValue", "averageValue": "800m"}
    name = "rate(ei_offered_work_seconds_total[15s])"
    content = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "x"},
            "maxReplicas": 3,
            "metrics": [{"type": "Pods", "pods": {"metric": {"name": name}, "target": target}}],
        },
    }
    assert signal(load(tmp_path, content)) is PodRate


def test_keda_makes_an_hpa_with_the_defaults(tmp_path: Path) -> None:
    policy = load(tmp_path, scaled_object(minReplicaCount=2, maxReplicaCount=9)).policy
    assert (policy.min_replicas, policy.max_replicas) == (2, 9)
    assert (policy.metric.source, policy.metric.kind, policy.metric.target) == (
        "External", "AverageValue", 0.8,
    )  # fmt: skip
    assert policy.down.stabilisation_seconds == 300


def test_keda_scales_to_zero_unless_told_otherwise(tmp_path: Path) -> None:
    asleep = load(tmp_path, scaled_object(pollingInterval=5, cooldownPeriod=30)).zero
    assert asleep is not None
    assert (asleep.polling_seconds, asleep.cooldown_seconds, asleep.activation) == (5, 30, 0)
    assert load(tmp_path, scaled_object(minReplicaCount=1)).zero is None


def test_an_empty_answer_counts_as_nothing_unless_told_otherwise(tmp_path: Path) -> None:
    content = scaled_object()
    assert load(tmp_path, content).silence.replicas == 0
    content["spec"]["triggers"][0]["metadata"]["ignoreNullValues"] = "false"
    assert load(tmp_path, content).silence.replicas is None


@pytest.mark.parametrize(
    ("behaviour", "replicas", "never_fewer"),
    [
        ("static", 4, False),
        ("currentReplicasIfHigher", 4, True),
        ("currentReplicas", None, True),
    ],
)
def test_a_fallback_stands_in_for_a_missing_metric(
    tmp_path: Path, behaviour: str, replicas: int | None, never_fewer: bool
) -> None:
    fallback = {"failureThreshold": 3, "replicas": 4, "behavior": behaviour}
    content = scaled_object(fallback=fallback)
    content["spec"]["triggers"][0]["metadata"]["ignoreNullValues"] = "false"
    silence = load(tmp_path, content).silence
    assert (silence.replicas, silence.never_fewer) == (replicas, never_fewer)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (scaled_object(maxReplicas=3), "maxReplicas"),
        (scaled_object(triggers=[]), "Write one trigger, not 0"),
        (
            scaled_object(triggers=[{"type": "prometheus", "metadata": {"query": "x"}}]),
            "has no threshold",
        ),
        ({"kind": "Deployment"}, "Deployment"),
    ],
)
def test_a_file_that_is_neither_is_refused(
    tmp_path: Path, content: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(SettingsError, match=complaint):
        load(tmp_path, content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.yaml"):
        load_scaling(tmp_path / "missing.yaml")
