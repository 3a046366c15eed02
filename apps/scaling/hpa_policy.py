"""The rules that an autoscaler follows, as values; `hpa_manifest.py` reads them from a file."""

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
    """How fast the number of pods may change: one entry of `policies`.

    Attributes:
        kind: `Pods` or `Percent` of the number at the start of the period.
        value: pods or per cent.
        period_seconds: length of the period that changes are counted over.
    """

    kind: Literal["Pods", "Percent"]
    value: int
    period_seconds: float


@dataclass(frozen=True, slots=True)
class ScalingRules:
    """One direction of `behavior`.

    Attributes:
        stabilisation_seconds: how far back recommendations are remembered: downwards the largest
            counts, upwards the smallest.
        limits: how fast the number may change.
        select: which limit counts: the one that allows most, least, or none (`Disabled`).
        tolerance: relative distance from the target that is left alone.
    """

    stabilisation_seconds: float
    limits: tuple[ScalingRateLimit, ...]
    select: Select = "Max"
    tolerance: float = 0.1


#: What the API server fills in when `behavior` is left out.
DEFAULT_UP = ScalingRules(
    0, (ScalingRateLimit("Percent", 100, 15), ScalingRateLimit("Pods", 4, 15))
)
DEFAULT_DOWN = ScalingRules(300, (ScalingRateLimit("Percent", 100, 15),))


@dataclass(frozen=True, slots=True)
class MetricTarget:
    """What is measured, and how much of it a pod should carry.

    Attributes:
        source: `External`, `Object`, `Pods` or `Resource`.
        kind: `AverageValue` (per pod), `Value` (in all) or `Utilization` (per cent of the request).
        name: of the metric or resource.
        labels: selector of an external metric.
        target_milli: thousandths; of a per cent for `Utilization`.
    """

    source: Literal["External", "Object", "Pods", "Resource"]
    kind: Literal["AverageValue", "Value", "Utilization"]
    name: str
    labels: tuple[tuple[str, str], ...]
    target_milli: int

    @property
    def target(self) -> float:
        """The target in the metric's own unit."""
        return self.target_milli / 1000


@dataclass(frozen=True, slots=True)
class HpaPolicy:
    """One autoscaler's rules.

    Attributes:
        deployment: what is scaled.
        metric: what is measured.
        min_replicas: never fewer.
        max_replicas: never more.
        up: rules for adding pods.
        down: rules for removing pods.
    """

    deployment: str
    metric: MetricTarget
    min_replicas: int
    max_replicas: int
    up: ScalingRules = DEFAULT_UP
    down: ScalingRules = DEFAULT_DOWN

    def __post_init__(self) -> None:
        if not 0 <= self.min_replicas <= self.max_replicas or self.max_replicas < 1:
            raise SettingsError(
                f"{self.deployment}: minReplicas {self.min_replicas} and maxReplicas "
                f"{self.max_replicas} are no limits: write 0 <= min <= max, and max of 1 or more"
            )
