"""Reads an `autoscaling/v2` HorizontalPodAutoscaler.

Only `kubernetes/scaling/hpa.yaml` defines metric, target, limits and behaviour of scaling. Missing
fields get the defaults of the API server.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml
from msgspec import Struct

from apps.runtime.errors import SettingsError
from apps.scaling.hpa_policy import (
    DEFAULT_DOWN,
    DEFAULT_UP,
    HpaPolicy,
    MetricTarget,
    ScalingRateLimit,
    ScalingRules,
    Select,
)

__all__ = ["Behaviour", "load_policy", "parse_policy", "parse_quantity"]

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(m|k|M|)\Z")
_FACTORS = {"m": 1, "": 1_000, "k": 1_000_000, "M": 1_000_000_000}


class _Shape(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Part of the manifest; unknown fields are errors."""


class _Selector(_Shape, frozen=True):
    match_labels: dict[str, str] = {}


class _MetricName(_Shape, frozen=True):
    name: str
    selector: _Selector = _Selector()


class _Target(_Shape, frozen=True):
    type: Literal["AverageValue", "Value", "Utilization"]
    average_value: str | float | None = None
    value: str | float | None = None
    average_utilization: int | None = None


class _Measured(_Shape, frozen=True):
    metric: _MetricName
    target: _Target
    described_object: dict[str, str] | None = None


class _Resource(_Shape, frozen=True):
    name: str
    target: _Target


class _Metric(_Shape, frozen=True):
    type: Literal["External", "Object", "Pods", "Resource"]
    external: _Measured | None = None
    object: _Measured | None = None
    pods: _Measured | None = None
    resource: _Resource | None = None


class _Limit(_Shape, frozen=True):
    type: Literal["Pods", "Percent"]
    value: int
    period_seconds: int


class _Rules(_Shape, frozen=True):
    stabilization_window_seconds: int | None = None
    select_policy: Select = "Max"
    policies: tuple[_Limit, ...] | None = None
    tolerance: str | float | None = None


class Behaviour(_Shape, frozen=True):
    """`spec.behavior`; a KEDA ScaledObject has the same fields."""

    scale_up: _Rules = _Rules()
    scale_down: _Rules = _Rules()

    def rules(self) -> tuple[ScalingRules, ScalingRules]:
        """Rules for up and down, with the defaults of the API server."""
        return _rules(self.scale_up, DEFAULT_UP), _rules(self.scale_down, DEFAULT_DOWN)


class _ScaleTarget(_Shape, frozen=True):
    name: str
    kind: str
    api_version: str = ""


class _Spec(_Shape, frozen=True):
    scale_target_ref: _ScaleTarget
    max_replicas: int
    min_replicas: int = 1
    metrics: tuple[_Metric, ...] = ()
    behavior: Behaviour = Behaviour()


class _Manifest(_Shape, frozen=True):
    api_version: Literal["autoscaling/v2"]
    kind: Literal["HorizontalPodAutoscaler"]
    spec: _Spec
    metadata: dict[str, Any] = {}
    status: dict[str, Any] = {}


def load_policy(path: Path) -> HpaPolicy:
    """Read the policy of a manifest that scales on one external metric per pod.

    Raises:
        SettingsError: The file cannot be read, is not such a manifest, or uses another metric type.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: {' '.join(str(error).split())}") from error
    policy = parse_policy(content, origin=str(path))
    if (policy.metric.source, policy.metric.kind) != ("External", "AverageValue"):
        raise SettingsError(
            f"{path}: Scales on a {policy.metric.source} metric with {policy.metric.kind}; use one "
            "External metric with AverageValue"
        )
    return policy


def parse_policy(content: Any, *, origin: str) -> HpaPolicy:
    """The policy of a parsed manifest with one metric of any type.

    Raises:
        SettingsError: A field is missing, unknown or has the wrong type, or the number of metrics
            is not 1.
    """
    try:
        spec = msgspec.convert(content, _Manifest).spec
        if len(spec.metrics) != 1:
            raise SettingsError(f"Write one metric, not {len(spec.metrics)}")
        up, down = spec.behavior.rules()
        return HpaPolicy(
            deployment=spec.scale_target_ref.name,
            metric=_metric(spec.metrics[0]),
            min_replicas=spec.min_replicas,
            max_replicas=spec.max_replicas,
            up=up,
            down=down,
        )
    except (msgspec.ValidationError, SettingsError) as error:
        raise SettingsError(f"{origin}: {error}") from error


def parse_quantity(quantity: str | float) -> int:
    """A Kubernetes quantity in thousandths: `800m` and 0.8 are 800.

    Raises:
        SettingsError: The text is not a valid quantity of a metric.
    """
    match = _QUANTITY.match(str(quantity))
    if match is None:
        raise SettingsError(f"{quantity!r} is not a quantity: write 0.8 or 800m")
    return round(float(match[1]) * _FACTORS[match[2]])


def _metric(metric: _Metric) -> MetricTarget:
    measured = metric.external or metric.object or metric.pods
    if metric.resource is not None and metric.type == "Resource":
        return MetricTarget("Resource", metric.resource.target.type, metric.resource.name, (),
                            _target(metric.resource.target))  # fmt: skip
    if measured is None or metric.type == "Resource":
        raise SettingsError(f"A metric of type {metric.type} needs a field {metric.type.lower()}")
    labels = tuple(sorted(measured.metric.selector.match_labels.items()))
    return MetricTarget(metric.type, measured.target.type, measured.metric.name, labels,
                        _target(measured.target))  # fmt: skip


def _target(target: _Target) -> int:
    given = {
        "AverageValue": target.average_value,
        "Value": target.value,
        "Utilization": target.average_utilization,
    }[target.type]
    milli = 0 if given is None else parse_quantity(given)
    if milli < 1:
        raise SettingsError(f"The target of type {target.type} needs a value above 0")
    return milli


def _rules(rules: _Rules, default: ScalingRules) -> ScalingRules:
    window = rules.stabilization_window_seconds
    limits = rules.policies
    return ScalingRules(
        stabilisation_seconds=default.stabilisation_seconds if window is None else window,
        limits=default.limits
        if limits is None
        else tuple(
            ScalingRateLimit(limit.type, limit.value, limit.period_seconds) for limit in limits
        ),
        select=rules.select_policy,
        tolerance=0.1 if rules.tolerance is None else parse_quantity(rules.tolerance) / 1000,
    )
