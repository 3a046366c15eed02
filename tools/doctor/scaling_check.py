"""The links of one task outside the system: Prometheus, adapter and HPA."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.doctor.finding import ChainLink, LinkFinding, broken, fine, unchecked, warning

__all__ = [
    "AdapterFacts",
    "HpaFacts",
    "PrometheusFacts",
    "check_adapter",
    "check_hpa",
    "check_prometheus",
]


@dataclass(frozen=True, slots=True)
class PrometheusFacts:
    """What Prometheus knows about one task.

    Attributes:
        address: URL of Prometheus.
        error: why it did not answer; empty when it did.
        scraped: workers whose ei_offered_work_seconds_total it has.
        settled: ei_workers_settled of the gateway; None if it has no such sample.
        signal: ei_offered_work, in workers; None if it has no such sample.
        rule: whether the rule that records ei_offered_work is loaded.
    """

    address: str
    error: str = ""
    scraped: int = 0
    settled: float | None = None
    signal: float | None = None
    rule: bool = False


@dataclass(frozen=True, slots=True)
class AdapterFacts:
    """The answer of the external metrics API for the metric of an HPA.

    Attributes:
        metric: name of the metric.
        error: what kubectl printed when it failed; empty when it did not.
        values: quantities of the samples, such as `800m`.
    """

    metric: str
    error: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class HpaFacts:
    """The HorizontalPodAutoscaler of one task.

    Attributes:
        name: its name.
        current: pods now.
        desired: pods wanted.
        limit: maxReplicas.
        conditions: `status.conditions`, as Kubernetes writes them.
    """

    name: str
    current: int
    desired: int
    limit: int
    conditions: Sequence[Mapping[str, Any]] = field(default=())


def check_prometheus(task: str, facts: PrometheusFacts, workers: int) -> list[LinkFinding]:
    """The finding about Prometheus.

    Args:
        task: task name.
        facts: what Prometheus answered.
        workers: workers of the task by heartbeat.
    """
    return list(_prometheus(task, facts, workers))


def _prometheus(task: str, facts: PrometheusFacts, workers: int) -> Iterator[LinkFinding]:
    if facts.error:
        yield broken(
            ChainLink.PROMETHEUS,
            f"Prometheus at {facts.address} does not answer: {facts.error}.",
            "Check --prometheus; in a cluster: kubectl port-forward svc/ei-prometheus-svc 9090 "
            "-n monitoring. tools/install-monitoring.sh installs it.",
        )
    elif workers and not facts.scraped:
        yield broken(
            ChainLink.PROMETHEUS,
            f"{task}: Prometheus has no ei_offered_work_seconds_total of any worker.",
            "Check its targets (Status > Targets): pods need the annotations "
            "prometheus.io/scrape and prometheus.io/port, and the NetworkPolicy must admit it.",
        )
    elif not facts.rule:
        yield broken(
            ChainLink.PROMETHEUS,
            "Prometheus does not record ei_offered_work: the rule is not loaded.",
            "Load kubernetes/scaling/offered-work-rule.yaml, or run tools/install-monitoring.sh.",
        )
    elif facts.settled is None:
        yield broken(
            ChainLink.PROMETHEUS,
            f"{task}: Prometheus has no ei_workers_settled, without which the signal is withheld.",
            "The gateway exports it: check that the gateway runs and is scraped.",
        )
    elif facts.scraped < facts.settled:
        yield broken(
            ChainLink.PROMETHEUS,
            f"{task}: only {facts.scraped} of {facts.settled:.0f} workers are scraped, so the "
            "signal is withheld.",
            "Check Status > Targets for pods that are down or missing.",
        )
    elif facts.signal is None:
        yield broken(
            ChainLink.PROMETHEUS,
            f"{task}: ei_offered_work has no value.",
            "Scrape the workers every 5 s: the rule needs two samples within 15 s.",
        )
    else:
        yield fine(
            ChainLink.PROMETHEUS,
            f"{task}: ei_offered_work is {facts.signal:.2f} fully busy workers.",
        )


def check_adapter(task: str, facts: AdapterFacts) -> list[LinkFinding]:
    """The finding about the external metrics API, which prometheus-adapter or KEDA serves."""
    if facts.error:
        return [
            broken(
                ChainLink.ADAPTER,
                f"{task}: the external metrics API does not serve {facts.metric}: {facts.error}.",
                "Install the adapter: tools/install-k8s-prometheus-adapter.sh --apply (or KEDA: "
                "tools/install-keda.sh --apply), and check the Prometheus URL in its settings.",
            )
        ]
    if not facts.values:
        return [
            broken(
                ChainLink.ADAPTER,
                f"{task}: the external metrics API serves {facts.metric}, but without a value.",
                "Check that the series has the labels namespace and task, and that the adapter "
                "uses kubernetes/monitoring/adapter-values.yaml.",
            )
        ]
    return [fine(ChainLink.ADAPTER, f"{task}: {facts.metric} is {', '.join(facts.values)}.")]


def check_hpa(task: str, facts: HpaFacts | None) -> list[LinkFinding]:
    """The findings about the autoscaler of a task; None: the cluster has none for it."""
    if facts is None:
        return [
            broken(
                ChainLink.HPA,
                f"{task}: there is no HorizontalPodAutoscaler for this task.",
                "Apply the manifests that tools/gen-k8s-yaml.sh writes, in this namespace (-n).",
            )
        ]
    return list(_hpa(task, facts))


def _hpa(task: str, facts: HpaFacts) -> Iterator[LinkFinding]:
    failed = [
        condition
        for condition in facts.conditions
        if condition.get("type") in {"AbleToScale", "ScalingActive"}
        and condition.get("status") == "False"
    ]
    for condition in failed:
        yield broken(
            ChainLink.HPA,
            f"{task}: {facts.name} does not scale: {condition.get('reason')}: "
            f"{str(condition.get('message', '')).rstrip('.')}.",
            f"kubectl describe hpa {facts.name} shows its events.",
        )
    if failed:
        return
    if not facts.conditions:
        yield unchecked(
            ChainLink.HPA, f"{task}: {facts.name} has no status yet.", "Wait half a minute."
        )
        return
    yield fine(
        ChainLink.HPA, f"{task}: {facts.name} wants {facts.desired} pods, {facts.current} run."
    )
    if facts.desired >= facts.limit:
        yield warning(
            ChainLink.HPA,
            f"{task}: {facts.name} is at its limit of {facts.limit} pods.",
            "Raise maxReplicas if the cluster has room.",
        )
