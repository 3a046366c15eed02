"""Policy of an autoscaler as plain values; `hpa_manifest.py` reads it from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from apps.runtime.errors import SettingsError

__all__ = [
    "DEFAULT_DOWN",
    "DEFAULT_UP",
    "HpaPolicy",
    "MetricTarget",
    "ScalingRateLimit",
    "ScalingRules",
    "Select",
]

Select = Literal["Max", "Min", "Disabled"]


@dataclass(frozen=True, slots=True)
class ScalingRateLimit:
    """Limit of the rate of change: one entry of `policies`."""

    #: `Pods` or `Percent` of the number at the start of the period
    kind: Literal["Pods", "Percent"]
    value: int  #: pods or per cent
    period_seconds: float  #: period over which changes are counted


@dataclass(frozen=True, slots=True)
class ScalingRules:
    """Rules of one direction of `behavior`."""

    #: window of recommendations; the largest counts for scaling down, the smallest for scaling up
    stabilisation_seconds: float
    limits: tuple[ScalingRateLimit, ...]  #: limits of the rate of change
    #: which limit applies: `Max` (largest change), `Min`, or `Disabled` (no scaling)
    select: Select = "Max"
    tolerance: float = 0.1  #: relative deviation from the target that causes no change


#: Defaults of the API server for a missing `behavior`.
DEFAULT_UP = ScalingRules(
    0, (ScalingRateLimit("Percent", 100, 15), ScalingRateLimit("Pods", 4, 15))
)
DEFAULT_DOWN = ScalingRules(300, (ScalingRateLimit("Percent", 100, 15),))


@dataclass(frozen=True, slots=True)
class MetricTarget:
    """Metric of a policy and its target per pod."""

    #: `External`, `Object`, `Pods` or `Resource`
    source: Literal["External", "Object", "Pods", "Resource"]
    #: `AverageValue` (per pod), `Value` (in all) or `Utilization` (per cent of the request)
    kind: Literal["AverageValue", "Value", "Utilization"]
    name: str  #: name of the metric or resource
    labels: tuple[tuple[str, str], ...]  #: selector of an external metric
    target_milli: int  #: target in thousandths; for `Utilization`, thousandths of a per cent

    @property
    def target(self) -> float:
        """Target in the unit of the metric."""
        return self.target_milli / 1000


@dataclass(frozen=True, slots=True)
class HpaPolicy:
    """Policy of one autoscaler."""

    deployment: str  #: name of the scaled deployment
    metric: MetricTarget  #: metric and target
    min_replicas: int  #: minimum number of pods
    max_replicas: int  #: maximum number of pods
    up: ScalingRules = DEFAULT_UP  #: rules for adding pods
    down: ScalingRules = DEFAULT_DOWN  #: rules for removing pods

    def __post_init__(self) -> None:
        if not 0 <= self.min_replicas <= self.max_replicas or self.max_replicas < 1:
            raise SettingsError(
                f"{self.deployment}: minReplicas {self.min_replicas} and maxReplicas "
                f"{self.max_replicas} are invalid: write 0 <= min <= max, and max of 1 or more"
            )
