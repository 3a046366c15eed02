"""Prometheus, Grafana and their rules for one installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tools.manifests.dashboards import DASHBOARDS
from tools.manifests.documents import Document, in_apply_order, read_documents
from tools.manifests.rendering import KUBERNETES, stamped

__all__ = ["adapter_rules", "operator_objects", "rule_files", "standalone_objects"]

_MONITORING = KUBERNETES / "monitoring"


def rule_files() -> dict[str, str]:
    """The files with recording rules and alerts: file name -> content."""
    paths = [*sorted((KUBERNETES / "scaling").glob("*-rule.yaml")), _MONITORING / "alerts.yaml"]
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def operator_objects(namespace: str) -> list[Document]:
    """A PodMonitor and one PrometheusRule per rule file, for the Prometheus operator."""
    (monitor,) = read_documents(_MONITORING / "operator" / "podmonitor.yaml")
    monitor["spec"]["namespaceSelector"]["matchNames"] = [namespace]
    return [monitor, *(_operator_rule(name, text) for name, text in rule_files().items())]


def standalone_objects(namespace: str, grafana_password: str) -> list[Document]:
    """A small Prometheus and a Grafana in the namespace `monitoring`.

    Args:
        namespace: namespace of the installation.
        grafana_password: password of the Grafana user `admin`.
    """
    documents = _folder(_MONITORING / "prometheus" / "objects")
    documents += _folder(_MONITORING / "grafana" / "objects")
    for document in documents:
        if document["kind"] in {"Role", "RoleBinding"}:
            document["metadata"]["namespace"] = namespace
    config = yaml.safe_load((_MONITORING / "prometheus" / "prometheus.yaml").read_text("utf-8"))
    (discovery,) = config["scrape_configs"][0]["kubernetes_sd_configs"]
    discovery["namespaces"] = {"names": [namespace]}
    files = {"prometheus.yaml": yaml.safe_dump(config, sort_keys=False), **rule_files()}
    boards = {f"{name}.json": json.dumps(board, indent=1) for name, board in DASHBOARDS.items()}
    documents += [
        _config_map("ei-prometheus-config", files),
        _config_map("ei-grafana-dashboards", boards),
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "ei-grafana-admin", "namespace": "monitoring"},
            "type": "Opaque",
            "stringData": {"password": grafana_password},
        },
    ]
    return in_apply_order(stamped(documents, secrets=()))


def adapter_rules() -> list[dict[str, Any]]:
    """The prometheus-adapter rules that export the scaling signal as an external metric."""
    values = yaml.safe_load((_MONITORING / "adapter-values.yaml").read_text(encoding="utf-8"))
    rules: list[dict[str, Any]] = values["rules"]["external"]
    return rules


def _folder(folder: Path) -> list[Document]:
    return [item for path in sorted(folder.glob("*.yaml")) for item in read_documents(path)]


def _operator_rule(name: str, text: str) -> Document:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": f"ei-{name.removesuffix('.yaml')}",
            "namespace": "monitoring",
            "labels": {"release": "kube-prometheus-stack"},
        },
        "spec": yaml.safe_load(text),
    }


def _config_map(name: str, data: dict[str, str]) -> Document:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "monitoring"},
        "data": data,
    }
