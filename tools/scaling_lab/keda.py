"""Reads a KEDA ScaledObject: the resulting HPA, and the additions of KEDA."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from apps.runtime.errors import SettingsError
from apps.scaling.hpa_manifest import Behaviour, parse_quantity
from apps.scaling.hpa_policy import HpaPolicy, MetricTarget
from tools.scaling_lab.scaling import HOLD, Silence, Zero

__all__ = ["parse_scaled_object"]


class _Shape(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Part of the manifest; unknown fields are errors."""


class _ScaleTarget(_Shape, frozen=True):
    name: str
    kind: str = "Deployment"
    api_version: str = "apps/v1"


class _Trigger(_Shape, frozen=True):
    type: Literal["prometheus", "redis", "cpu"]
    metadata: dict[str, str]
    name: str = ""
    metric_type: Literal["AverageValue", "Value", "Utilization"] | None = None
    use_cached_metrics: bool = False
    authentication_ref: dict[str, str] = {}


class _Fallback(_Shape, frozen=True):
    failure_threshold: int
    replicas: int
    behavior: Literal[
        "static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"
    ] = "static"


class _HpaConfig(_Shape, frozen=True):
    name: str = ""
    behavior: Behaviour = Behaviour()


class _Advanced(_Shape, frozen=True):
    restore_to_original_replica_count: bool = False
    horizontal_pod_autoscaler_config: _HpaConfig = _HpaConfig()


class _Spec(_Shape, frozen=True):
    scale_target_ref: _ScaleTarget
    triggers: tuple[_Trigger, ...]
    polling_interval: int = 30
    cooldown_period: int = 300
    initial_cooldown_period: int = 0
    idle_replica_count: int | None = None
    min_replica_count: int = 0
    max_replica_count: int = 100
    fallback: _Fallback | None = None
    advanced: _Advanced = _Advanced()


class _Manifest(_Shape, frozen=True):
    api_version: Literal["keda.sh/v1alpha1"]
    kind: Literal["ScaledObject"]
    spec: _Spec
    metadata: dict[str, Any] = {}


#: Fields with query, target and activation value, by type of trigger.
_KEYS = {
    "prometheus": ("query", "threshold", "activationThreshold"),
    "redis": ("listName", "listLength", "activationListLength"),
    "cpu": ("", "value", ""),
}


def parse_scaled_object(
    content: Any, *, origin: str
) -> tuple[HpaPolicy, str, Silence, Zero | None]:
    """The resulting HPA policy, the query, the rule for a missing metric, and scaling to zero.

    Raises:
        SettingsError: A field is missing, unknown or has the wrong type, or the number of triggers
            is not 1.
    """
    try:
        spec = msgspec.convert(content, _Manifest).spec
        if len(spec.triggers) != 1:
            raise SettingsError(f"Write one trigger, not {len(spec.triggers)}")
        trigger = spec.triggers[0]
        query, target, activation = _measured(trigger)
        up, down = spec.advanced.horizontal_pod_autoscaler_config.behavior.rules()
        policy = HpaPolicy(
            deployment=spec.scale_target_ref.name,
            metric=_metric(trigger, query, target),
            min_replicas=max(spec.min_replica_count, 1),
            max_replicas=spec.max_replica_count,
            up=up,
            down=down,
        )
    except (msgspec.ValidationError, SettingsError) as error:
        raise SettingsError(f"{origin}: {error}") from error
    to_zero = spec.min_replica_count == 0 or spec.idle_replica_count == 0
    zero = Zero(spec.polling_interval, spec.cooldown_period, activation) if to_zero else None
    return policy, query, _silence(trigger, spec.fallback), zero


def _measured(trigger: _Trigger) -> tuple[str, str, float]:
    """Query, target and activation value of a trigger."""
    keys = _KEYS[trigger.type]
    metadata = trigger.metadata
    query = metadata.get(keys[0], trigger.type)
    target = metadata.get(keys[1], "5" if trigger.type == "redis" else "")
    if not target:
        raise SettingsError(f"The {trigger.type} trigger has no {keys[1]}")
    if trigger.type == "redis":
        query = f"length of the list {query}"
    return query, target, float(metadata.get(keys[2], "0"))


def _metric(trigger: _Trigger, query: str, target: str) -> MetricTarget:
    milli = parse_quantity(target)
    if trigger.type == "cpu":
        return MetricTarget("Resource", trigger.metric_type or "Utilization", "cpu", (), milli)
    return MetricTarget("External", trigger.metric_type or "AverageValue", query, (), milli)


def _silence(trigger: _Trigger, fallback: _Fallback | None) -> Silence:
    if trigger.type == "prometheus" and trigger.metadata.get("ignoreNullValues", "true") != "false":
        return Silence(0, never_fewer=False, text='counts as 0 (ignoreNullValues is not "false")')
    if fallback is None or fallback.behavior == "currentReplicas":
        return HOLD
    if fallback.behavior == "currentReplicasIfHigher":
        text = f"falls back to {fallback.replicas} pods or the current number, whichever is higher"
        return Silence(fallback.replicas, never_fewer=True, text=text)
    text = f"falls back to {fallback.replicas} pods, even if there were more"
    return Silence(fallback.replicas, never_fewer=False, text=text)
