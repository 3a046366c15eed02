"""A complete autoscaler: policy, signal, scaling to zero, and rule for a missing metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.scaling.hpa_policy import HpaPolicy

if TYPE_CHECKING:
    from tools.scaling_lab.pool import Pool
    from tools.scaling_lab.signals import ScalingSignal

__all__ = ["HOLD", "ScalingSetup", "SignalOf", "Silence", "Zero"]

#: Makes the signal of a pool; the number is the capacity of a pod in frames per second.
SignalOf = Callable[["Pool", float], "ScalingSignal"]


@dataclass(frozen=True, slots=True)
class Zero:
    """Scaling between zero and one pod by KEDA.

    Attributes:
        polling_seconds: polling interval of the trigger.
        cooldown_seconds: inactivity before the last pod is removed.
        activation: the trigger is active above this value.
    """

    polling_seconds: float
    cooldown_seconds: float
    activation: float


@dataclass(frozen=True, slots=True)
class Silence:
    """Rule for a missing metric.

    Attributes:
        replicas: recommended pods; None to hold the current number.
        never_fewer: whether a smaller number than the current one is ignored.
        text: description for users.
    """

    replicas: int | None
    never_fewer: bool
    text: str


HOLD = Silence(None, never_fewer=True, text="holds")


@dataclass(frozen=True, slots=True)
class ScalingSetup:
    """A complete autoscaler.

    Attributes:
        name: short name.
        policy: policy of the HPA.
        signal_of: makes the signal of a pool.
        silence: rule for a missing metric.
        zero: scaling to and from zero; None if there is always a pod.
    """

    name: str
    policy: HpaPolicy
    signal_of: SignalOf
    silence: Silence = HOLD
    zero: Zero | None = None
