"""An autoscaler with all that belongs to it: rules, signal, zero, and what silence means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.scaling.hpa_policy import HpaPolicy

if TYPE_CHECKING:
    from tools.scaling_lab.pool import Pool
    from tools.scaling_lab.signals import ScalingSignal

__all__ = ["HOLD", "ScalingSetup", "SignalOf", "Silence", "Zero"]

#: Makes the signal of a pool; the number is a pod's capacity in frames per second.
SignalOf = Callable[["Pool", float], "ScalingSignal"]


@dataclass(frozen=True, slots=True)
class Zero:
    """KEDA's share of the work: between no pod and one.

    Attributes:
        polling_seconds: between two looks at the trigger.
        cooldown_seconds: of inactivity before the last pod goes.
        activation: the trigger is active above this value.
    """

    polling_seconds: float
    cooldown_seconds: float
    activation: float


@dataclass(frozen=True, slots=True)
class Silence:
    """What stands in for a metric that is missing.

    Attributes:
        replicas: as if the metric asked for so many; None to hold.
        never_fewer: hold where that would be fewer than there are.
        text: for people.
    """

    replicas: int | None
    never_fewer: bool
    text: str


HOLD = Silence(None, never_fewer=True, text="holds")


@dataclass(frozen=True, slots=True)
class ScalingSetup:
    """One way to scale.

    Attributes:
        name: short.
        policy: rules of the HPA.
        signal_of: makes the signal.
        silence: what a missing metric does.
        zero: scaling to and from zero; None when there is always a pod.
    """

    name: str
    policy: HpaPolicy
    signal_of: SignalOf
    silence: Silence = HOLD
    zero: Zero | None = None
