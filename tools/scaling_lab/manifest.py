"""Reads a policy: a HorizontalPodAutoscaler or a KEDA ScaledObject.

The name or query of the metric selects a signal of `signals.py`; unknown metrics are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import yaml

from apps.runtime.errors import SettingsError
from apps.scaling.hpa_manifest import parse_policy
from apps.scaling.hpa_policy import HpaPolicy
from apps.scaling.offered_work import OfferedWorkRule, load_rule
from tools.scaling_lab.keda import parse_scaled_object
from tools.scaling_lab.pool import Pool
from tools.scaling_lab.scaling import HOLD, ScalingSetup, SignalOf
from tools.scaling_lab.signals import (
    AveragingWindow,
    Cpu,
    Drops,
    Gauge,
    OfferedOrWaiting,
    OfferedRate,
    PodRate,
    QueueLength,
    ScalingSignal,
)

__all__ = ["OTHERS", "RULE", "SHIPPED", "load_scaling", "others", "shipped"]

_ROOT = Path(__file__).resolve().parents[2]
RULE = _ROOT / "kubernetes" / "scaling" / "offered-work-rule.yaml"
SHIPPED = _ROOT / "kubernetes" / "scaling" / "hpa.yaml"
OTHERS = Path(__file__).parent / "others"

#: Pods average their gauges over consecutive windows of slightly more than ten seconds.
GAUGE_WINDOW = AveragingWindow(10.1)
#: metrics-server: a sample every 15 s, with a delay of about 15 s.
CPU_WINDOW = AveragingWindow(15.0, tumbling=False, lag_seconds=15.0)


def load_scaling(path: Path) -> ScalingSetup:
    """Read an autoscaler from a file with one HorizontalPodAutoscaler or ScaledObject.

    Raises:
        SettingsError: The file cannot be read, has another kind, or uses an unknown metric.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: {' '.join(str(error).split())}") from error
    if isinstance(content, dict) and content.get("kind") == "ScaledObject":
        policy, query, silence, zero = parse_scaled_object(content, origin=str(path))
        return ScalingSetup(path.stem, policy, _signal_of(query, policy, path), silence, zero)
    policy = parse_policy(content, origin=str(path))
    return ScalingSetup(path.stem, policy, _signal_of(policy.metric.name, policy, path), HOLD)


def shipped() -> ScalingSetup:
    """The shipped policy."""
    policy = parse_policy(yaml.safe_load(SHIPPED.read_text()), origin=str(SHIPPED))
    return ScalingSetup("ours", policy, offered_rate(load_rule(RULE)))


def others() -> list[ScalingSetup]:
    """Policies of others, in alphabetical order."""
    return [load_scaling(path) for path in sorted(OTHERS.glob("*.yaml"))]


def offered_rate(rule: OfferedWorkRule) -> SignalOf:
    """The signal of a rule with one window and one hold."""
    return lambda pool, _: OfferedRate(pool, rule)


def _rated(query: str, window: float, policy: HpaPolicy) -> SignalOf:
    if policy.metric.source == "Pods":
        return lambda pool, _: PodRate(pool, window)
    hold = re.search(r"\[(\d+)s:\d*s?\]", query)
    return offered_rate(OfferedWorkRule("", window, float(hold[1]) if hold else 0.0, 5.0))


def _signal_of(query: str, policy: HpaPolicy, path: Path) -> SignalOf:
    if rated := re.search(r"ei_offered_work_seconds_total\[(\d+)s\]", query):
        return _rated(query, float(rated[1]), policy)
    for pattern, signal_of in _KNOWN:
        if re.search(pattern, query):
            return signal_of
    known = ", ".join(pattern.replace("\\b", "") for pattern, _ in _KNOWN)
    raise SettingsError(
        f"{path}: Unknown metric {query!r}; known are {known}, "
        "and rate(ei_offered_work_seconds_total[15s])"
    )


def _waiting(pool: Pool, capacity: float) -> ScalingSignal:  # noqa: ARG001 - signature of SignalOf
    return OfferedOrWaiting(pool, load_rule(RULE))


#: Signals by a pattern of their query; the first match counts.
_KNOWN: list[tuple[str, Callable[[Pool, float], ScalingSignal]]] = [
    (r"ei_offered_work_or_waiting\b", _waiting),
    (r"ei_offered_work\b", lambda pool, _: OfferedRate(pool, load_rule(RULE))),
    (
        r"ei_scale_ratio_old\b",
        lambda pool, _: Gauge(pool, GAUGE_WINDOW, against_maximum=True),
    ),
    (r"ei_scale_ratio\b", lambda pool, _: Gauge(pool, AveragingWindow(10.0, tumbling=False))),
    (r"drop_fps\b", lambda pool, _: Drops(pool, GAUGE_WINDOW)),
    (r"ei_queue_depth\b", lambda pool, _: QueueLength(pool)),
    (r"length of the list", lambda pool, _: QueueLength(pool)),
    (r"^cpu$", lambda pool, capacity: Cpu(pool, CPU_WINDOW, capacity)),
]
