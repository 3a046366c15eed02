"""Autoscalers of every kind, all made of `kubernetes/scaling/hpa.yaml`.

A ScaledObject falls back to the present number of workers when its trigger gives nothing. That
takes KEDA 2.18: 2.16 knows no `behavior`, and 2.17 cuts the fraction off the target first, which
makes 0.8 nothing and asks for the fewest workers.
"""

from __future__ import annotations

import copy
from pathlib import Path

from apps.scaling.hpa_manifest import load_policy
from tools.manifests.documents import Document, read_documents
from tools.manifests.request import Request

__all__ = ["HPA", "autoscaler"]

HPA = Path(__file__).resolve().parents[2] / "kubernetes" / "scaling" / "hpa.yaml"

#: Seconds without work before the last worker goes.
_COOLDOWN_SECONDS = 300
#: Answers that may be missing in a row before the fallback speaks; until then nothing is said.
_FAILURES = 3
#: Per cent of the request that the CPU variant aims at.
_CPU_TARGET = 80


def autoscaler(request: Request) -> Document:
    """The autoscaler of the task `people`, as the request wants it.

    Raises:
        SettingsError: hpa.yaml is not what it should be.
    """
    if request.autoscaler == "hpa":
        return _hpa()
    if request.autoscaler == "hpa-cpu":
        return _on_cpu(_hpa())
    return _scaled_object(_hpa(), request)


def _hpa() -> Document:
    return read_documents(HPA)[0]


def _on_cpu(hpa: Document) -> Document:
    """The same limits, on CPU utilisation: for clusters with metrics-server and no Prometheus."""
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
