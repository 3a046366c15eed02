"""A manifest is read with the API server's rules, or refused with a clear error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apps.runtime.errors import SettingsError
from apps.scaling.hpa_manifest import load_policy, parse_policy, parse_quantity
from apps.scaling.hpa_policy import DEFAULT_DOWN, DEFAULT_UP, ScalingRateLimit

SHIPPED = Path(__file__).parents[3] / "kubernetes" / "scaling" / "hpa.yaml"


def manifest(**spec: Any) -> dict[str, Any]:
    """A manifest with only the required fields."""
    target = {"type": "AverageValue", "averageValue": "800m"}
    external = {"metric": {"name": "ei_offered_work"}, "target": target}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "x"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"},
            "maxReplicas": 10,
            "metrics": [{"type": "External", "external": external}],
            **spec,
        },
    }


def test_the_shipped_manifest_scales_on_offered_work_with_a_fifth_of_headroom() -> None:
    policy = load_policy(SHIPPED)
    assert (policy.metric.source, policy.metric.kind) == ("External", "AverageValue")
    assert (policy.metric.name, policy.metric.target) == ("ei_offered_work", 0.8)
    assert (policy.min_replicas, policy.max_replicas) == (1, 30)
    assert policy.up.limits == (
        ScalingRateLimit("Percent", 100, 15),
        ScalingRateLimit("Pods", 4, 15),
    )
    assert policy.down.stabilisation_seconds == 300


def test_missing_fields_get_the_defaults_of_the_api_server() -> None:
    policy = parse_policy(manifest(), origin="x")
    assert (policy.min_replicas, policy.up, policy.down) == (1, DEFAULT_UP, DEFAULT_DOWN)


def test_behaviour_may_be_partial() -> None:
    policy = parse_policy(
        manifest(behavior={"scaleDown": {"stabilizationWindowSeconds": 0, "tolerance": "50m"}}),
        origin="x",
    )
    assert (policy.down.stabilisation_seconds, policy.down.tolerance) == (0, 0.05)
    assert policy.down.limits == DEFAULT_DOWN.limits
    assert policy.up == DEFAULT_UP


def test_a_cpu_metric_is_read_but_not_by_the_local_runner(tmp_path: Path) -> None:
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
    content = manifest(metrics=[{"type": "Resource", "resource": cpu}])
    metric = parse_policy(content, origin="x").metric
    assert (metric.source, metric.kind, metric.target) == ("Resource", "Utilization", 80)
    path = tmp_path / "hpa.yaml"
    path.write_text(str(content))
    with pytest.raises(SettingsError, match="Scales on a Resource metric with Utilization"):
        load_policy(path)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"maxReplica": 3}, "maxReplica"),
        ({"minReplicas": 11}, "minReplicas 11 and maxReplicas 10"),
        ({"maxReplicas": 0}, "maxReplicas 0"),
        ({"metrics": []}, "Write one metric, not 0"),
        ({"metrics": [{"type": "Resource"}]}, "needs a field resource"),
        ({"behavior": {"scaleUp": {"selectPolicy": "Most"}}}, "Most"),
    ],
)
def test_an_invalid_manifest_is_refused(spec: dict[str, Any], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        parse_policy(manifest(**spec), origin="x")


def test_a_target_needs_its_value() -> None:
    target = {"type": "AverageValue", "value": 1}
    metric = {"type": "External", "external": {"metric": {"name": "x"}, "target": target}}
    with pytest.raises(SettingsError, match="AverageValue needs a value above 0"):
        parse_policy(manifest(metrics=[metric]), origin="x")


def test_a_missing_or_invalid_file_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.yaml"):
        load_policy(tmp_path / "missing.yaml")
    (tmp_path / "broken.yaml").write_text("a: [")
    with pytest.raises(SettingsError, match=r"broken\.yaml"):
        load_policy(tmp_path / "broken.yaml")


@pytest.mark.parametrize(
    ("quantity", "milli"), [("800m", 800), ("0.8", 800), (0.8, 800), (1, 1000), ("2k", 2_000_000)]
)
def test_quantities_are_read_in_thousandths(quantity: str | float, milli: int) -> None:
    assert parse_quantity(quantity) == milli


@pytest.mark.parametrize("quantity", ["", "m", "-1", "1 m", "0x1"])
def test_other_texts_are_refused_as_quantities(quantity: str) -> None:
    with pytest.raises(SettingsError, match="is not a quantity"):
        parse_quantity(quantity)
