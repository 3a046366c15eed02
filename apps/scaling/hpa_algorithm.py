"""The algorithm of Kubernetes' horizontal pod autoscaler; the caller passes the time.

A decision has three steps. The metric gives a *recommendation*: offered work divided by the target,
rounded up, or no change within the tolerance. *Stabilisation* takes the largest recommendation of
the window before workers are removed, and the smallest before workers are added. *Limits* bound the
rate of change and the range. A missing metric changes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from apps.scaling.hpa_policy import HpaPolicy, ScalingRules

__all__ = ["SYNC_SECONDS", "Autoscaler", "Decision", "milli", "recommend", "within", "workers_text"]

#: Seconds between two decisions, as in the controller.
SYNC_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Decision:
    """Desired number of workers."""

    replicas: int  #: the number
    reason: str  #: explanation for users, with the numbers


@dataclass(frozen=True, slots=True)
class _Dated:
    at: float
    pods: int


def milli(value: float) -> int:
    """A metric value in the metrics API's unit: whole thousandths, rounded down."""
    return math.floor(value * 1000 + 1e-6)  # 1e-6: 2.3 x 1000 is 2299.9999999999995


def within(ratio: float, policy: HpaPolicy) -> bool:
    """Whether usage divided by target is within the tolerance around 1."""
    return 1 - policy.down.tolerance <= ratio <= 1 + policy.up.tolerance


def recommend(total: float, current: int, policy: HpaPolicy) -> int:
    """Recommended pods for a metric that is summed over the task.

    Args:
        total: metric value in its own unit.
        current: current pods, 1 or more.
        policy: source of target and tolerances.
    """
    usage, target = milli(total), policy.metric.target_milli
    return current if within(usage / (target * current), policy) else math.ceil(usage / target)


class Autoscaler:
    """Decides for one task and keeps the history of its decisions.

    Args:
        policy: policy of the manifest.
        time_scale: divisor of every period of the policy and of the sync period; 1 is real time.
    """

    def __init__(self, policy: HpaPolicy, time_scale: float = 1.0) -> None:
        self.policy = policy
        self.sync_period = SYNC_SECONDS / time_scale
        self._scale = time_scale
        self._recommended: list[_Dated] = []
        self._added: list[_Dated] = []
        self._removed: list[_Dated] = []
        self._decided: tuple[float, int, int] | None = None  # when, from, to

    def decide(self, now: float, current: int, metric_value: float | None) -> Decision:
        """Desired number of workers for the offered work.

        Args:
            now: seconds of a monotonic clock.
            current: current workers, including those that are starting.
            metric_value: offered work of the task in pods; None if unknown.
        """
        if metric_value is None:
            return self.follow(now, current, None, "offered work is unknown")
        wanted = recommend(metric_value, max(current, 1), self.policy)
        verb = "suits" if wanted == current else "needs"
        target = self.policy.metric.target
        cause = (
            f"offered work {metric_value:.2f} {verb} {workers_text(wanted)} at target {target:.2f}"
        )
        return self.follow(now, current, wanted, cause)

    def follow(self, now: float, current: int, wanted: int | None, cause: str) -> Decision:
        """Stabilise and limit a recommendation of any metric.

        Args:
            now: seconds of a monotonic clock.
            current: current pods; 0 switches the autoscaler off.
            wanted: the recommendation; None if the metric is missing.
            cause: first part of the decision's reason.
        """
        self._record_change(current)
        if not self._recommended:
            self._recommended.append(_Dated(now, current))
        if current == 0 and self.policy.min_replicas != 0:
            return Decision(0, "scaled to 0 manually: the autoscaler is off")
        bounded = min(max(current, self.policy.min_replicas), self.policy.max_replicas)
        if current != bounded:
            decision = Decision(bounded, f"{_range(self.policy)}; was {current}")
        elif wanted is None:
            decision = Decision(current, f"{cause}; keeps {workers_text(current)}")
        else:
            stable = self._stabilise(now, current, wanted)
            replicas = self._limit(now, current, stable)
            reason = self._reason(cause, current, wanted, stable, replicas)
            decision = Decision(replicas, reason)
        self._decided = (now, current, decision.replicas)
        return decision

    def _record_change(self, current: int) -> None:
        """Record the part of the last decision that was carried out."""
        if self._decided is not None:
            at, before, after = self._decided
            made = min(max(current, min(before, after)), max(before, after)) - before
            if made:
                (self._added if made > 0 else self._removed).append(_Dated(at, abs(made)))

    def _since(self, now: float, seconds: float) -> float:
        """Start of a period; an event a whole number of syncs ago lies outside."""
        return now - seconds / self._scale + self.sync_period / 100

    def _stabilise(self, now: float, current: int, wanted: int) -> int:
        up_since = self._since(now, self.policy.up.stabilisation_seconds)
        down_since = self._since(now, self.policy.down.stabilisation_seconds)
        lowest = min([wanted, *_pods(self._recommended, up_since)])
        highest = max([wanted, *_pods(self._recommended, down_since)])
        _forget(self._recommended, min(up_since, down_since))
        self._recommended.append(_Dated(now, wanted))
        return min(max(current, lowest), highest)

    def _limit(self, now: float, current: int, stable: int) -> int:
        if stable > current:
            allowed = max(self._furthest(now, current, self.policy.up, 1), current)
            return min(stable, allowed, self.policy.max_replicas)
        if stable < current:
            allowed = min(self._furthest(now, current, self.policy.down, -1), current)
            return max(stable, allowed, self.policy.min_replicas)
        return current

    def _furthest(self, now: float, current: int, rules: ScalingRules, direction: int) -> int:
        """Number of pods that the limits of one direction allow."""
        if rules.select == "Disabled" or not rules.limits:
            return current
        reach: list[int] = []
        for limit in rules.limits:
            since = self._since(now, limit.period_seconds)
            start = current - sum(_pods(self._added, since)) + sum(_pods(self._removed, since))
            if limit.kind == "Pods":
                reach.append(start + direction * limit.value)
            else:
                share = start * (1 + direction * limit.value / 100)
                reach.append(math.ceil(share) if direction > 0 else int(share))
        self._forget_changes(now)
        farthest_up = (direction > 0) == (rules.select == "Max")
        return max(reach) if farthest_up else min(reach)

    def _forget_changes(self, now: float) -> None:
        limits = (*self.policy.up.limits, *self.policy.down.limits)
        oldest = self._since(now, max(limit.period_seconds for limit in limits))
        _forget(self._added, oldest)
        _forget(self._removed, oldest)

    def _reason(self, cause: str, current: int, wanted: int, stable: int, replicas: int) -> str:
        if replicas == current == wanted:
            return cause
        if replicas == wanted:
            return f"{cause}; was {current}"
        if stable != wanted:
            rules, word = (
                (self.policy.down, "most") if stable > wanted else (self.policy.up, "least")
            )
            window = rules.stabilisation_seconds / self._scale
            tail = f"{stable} is the {word} needed within {window:g} s"
            return f"{cause}; {tail}" + (f"; was {current}" if replicas != current else "")
        if replicas in (self.policy.min_replicas, self.policy.max_replicas):
            tail = _range(self.policy)
        else:
            tail = f"{replicas} is the limit of one step"
        return f"{cause}; {tail}" + (f"; was {current}" if replicas != current else "")


def _pods(dated: list[_Dated], since: float) -> list[int]:
    return [item.pods for item in dated if item.at > since]


def _forget(dated: list[_Dated], before: float) -> None:
    dated[:] = [item for item in dated if item.at > before]


def workers_text(number: int) -> str:
    """A number of workers for users: `1 worker`, `2 workers`."""
    return "1 worker" if number == 1 else f"{number} workers"


def _range(policy: HpaPolicy) -> str:
    return f"{policy.min_replicas} to {policy.max_replicas} workers allowed"
