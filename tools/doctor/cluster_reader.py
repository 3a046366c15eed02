"""Reads the autoscalers and the external metrics API of a cluster with kubectl."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from apps.runtime.errors import ElasticError
from tools.doctor.scaling_check import AdapterFacts, HpaFacts

__all__ = ["ClusterError", "adapter_facts", "autoscaler_of", "autoscalers", "hpa_facts"]

_SECONDS = 15.0
_METRICS_API = "/apis/external.metrics.k8s.io/v1beta1"


class ClusterError(ElasticError):
    """kubectl is missing, or the cluster did not answer."""


def autoscalers(namespace: str) -> list[dict[str, Any]]:
    """The HorizontalPodAutoscalers of a namespace, as Kubernetes writes them.

    Raises:
        ClusterError: kubectl is missing or failed.
    """
    content = json.loads(_kubectl("get", "hpa", "--namespace", namespace, "--output", "json"))
    items: list[dict[str, Any]] = content["items"]
    return items


def autoscaler_of(task: str, items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The autoscaler of a task: by label, by the selector of its metric, or by its target."""
    for item in items:
        labels = item["metadata"].get("labels", {})
        target = item["spec"]["scaleTargetRef"]["name"]
        selectors = [labels.get("task") for _, labels in _external(item)]
        if labels.get("ei/task") == task or target == f"ei-infer-{task}-app" or task in selectors:
            return item
    return None


def hpa_facts(item: Mapping[str, Any]) -> HpaFacts:
    """The facts of one autoscaler."""
    status = item.get("status", {})
    return HpaFacts(
        name=item["metadata"]["name"],
        current=int(status.get("currentReplicas", 0)),
        desired=int(status.get("desiredReplicas", 0)),
        limit=int(item["spec"]["maxReplicas"]),
        conditions=status.get("conditions", ()),
    )


def adapter_facts(item: Mapping[str, Any], namespace: str) -> AdapterFacts | None:
    """What the external metrics API says for the autoscaler's metric; None if it uses none."""
    for metric, labels in _external(item):
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        path = f"{_METRICS_API}/namespaces/{namespace}/{metric}"
        try:
            text = _kubectl("get", "--raw", f"{path}?labelSelector={urllib.parse.quote(selector)}")
        except ClusterError as error:
            return AdapterFacts(metric, error=str(error))
        values = tuple(str(sample["value"]) for sample in json.loads(text)["items"])
        return AdapterFacts(metric, values=values)
    return None


def _external(item: Mapping[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Name and selector of the external metrics of an autoscaler."""
    return [
        (entry["external"]["metric"]["name"],
         entry["external"]["metric"].get("selector", {}).get("matchLabels", {}))
        for entry in item["spec"].get("metrics", [])
        if entry["type"] == "External"
    ]  # fmt: skip


def _kubectl(*arguments: str) -> str:
    if shutil.which("kubectl") is None:
        raise ClusterError("The program kubectl is not installed")
    try:
        done = subprocess.run(
            ["kubectl", *arguments], capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise ClusterError(f"The program kubectl did not finish within {_SECONDS:.0f} s") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["kubectl failed without a message"]
        raise ClusterError(lines[-1].rstrip("."))
    return done.stdout
