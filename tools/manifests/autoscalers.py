"""All kinds of autoscalers, derived from `kubernetes/scaling/hpa.yaml`.

A ScaledObject keeps the current number of workers when its trigger returns no value. This needs
KEDA 2.18: 2.16 does not have `behavior`, and 2.17 truncates the target to an integer, so that 0.8
becomes 0 and the fallback asks for the minimum number of workers.
"""

from __future__ import annotations

import copy
from pathlib import Path

from apps.scaling.hpa_manifest import load_policy
from tools.manifests.documents import Document, read_documents
from tools.manifests.request import Request

__all__ = ["HPA", "autoscaler"]

HPA = Path(__file__).resolve().parents[2] / "kubernetes" / "scaling" / "hpa.yaml"

#: Seconds without work before the last worker is removed.
_COOLDOWN_SECONDS = 300
#: Missing answers in a row before the fallback applies; until then KEDA reports no value.
_FAILURES = 3
#: Target of the CPU variant, in per cent of the CPU request.
_CPU_TARGET = 80


def autoscaler(request: Request) -> Document:
    """The autoscaler of the task `people`, of the kind that the request names.

    Raises:
        SettingsError: hpa.yaml is invalid.
    """
    if request.autoscaler == "hpa":
        return _hpa()
    if request.autoscaler == "hpa-cpu":
        return _on_cpu(_hpa())
    return _scaled_object(_hpa(), request)


def _hpa() -> Document:
    return read_documents(HPA)[0]


def _on_cpu(hpa: Document) -> Document:
    """The same limits, scaled on CPU utilisation: for clusters without Prometheus."""
    target = {"type": "Utilization", "averageUtilization": _CPU_TARGET}
    hpa["spec"]["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return hpa


def _scaled_object(hpa: Document, request: Request) -> Document:
    policy = load_policy(HPA)
    zero = request.autoscaler == "keda-zero"
    metric = "ei_offered_work_or_waiting" if zero else policy.metric.name
    spec = hpa["spec"]
    metadata = copy.deepcopy(hpa["metadata"])
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": metadata,
        "spec": {
            "scaleTargetRef": spec["scaleTargetRef"],
            "pollingInterval": 5 if zero else 15,
            **({"cooldownPeriod": _COOLDOWN_SECONDS} if zero else {}),
            "minReplicaCount": 0 if zero else policy.min_replicas,
            "maxReplicaCount": policy.max_replicas,
            "fallback": {
                "failureThreshold": _FAILURES,
                "replicas": policy.min_replicas,
                "behavior": "currentReplicasIfHigher",
            },
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "name": f"keda-{metadata['name']}",
                    "behavior": spec["behavior"],
                }
            },
            "triggers": [
                {
                    "type": "prometheus",
                    "metricType": policy.metric.kind,
                    "metadata": {
                        "serverAddress": request.prometheus,
                        "query": f'{metric}{{namespace="{request.namespace}",task="people"}}',
                        "threshold": f"{policy.metric.target_milli / 1000:g}",
                        "activationThreshold": "0",
                        "ignoreNullValues": "false",
                    },
                }
            ],
        },
    }
