"""Writes the manifests that monitor an installation: `tools/install-monitoring.sh`."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from apps.runtime.errors import ElasticError, SettingsError
from tools.manifests.dashboards import DASHBOARDS
from tools.manifests.documents import (
    Document,
    read_documents,
    write_documents,
)
from tools.manifests.monitoring import operator_objects, standalone_objects

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[2]


def main(argv: Sequence[str] | None = None) -> int:
    """Write the manifests of one kind, and print the commands; returns the exit code."""
    arguments = _parser().parse_args(argv)
    folder = Path(arguments.output)
    path = folder / f"monitoring-{arguments.way}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        documents = _documents(arguments.way, arguments.namespace, path)
        _write(path, write_documents(documents))
    except (ElasticError, OSError) as error:
        sys.stderr.write(f"install-monitoring.sh: {error}\n")
        return 2
    print(f"kubectl apply -f {path}")
    if arguments.adapter:
        script = ROOT / "tools" / "install-k8s-prometheus-adapter.sh"
        print(f"{script} --apply -u {_address(arguments.way)}")
    return 0


def _documents(way: str, namespace: str, path: Path) -> list[Document]:
    if way == "standalone":
        return standalone_objects(namespace, _kept_password(path) or secrets.token_urlsafe(18))
    boards = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": name, "namespace": "monitoring", "labels": {"grafana_dashboard": "1"},
            },
            "data": {f"{name}.json": json.dumps(board, indent=1)},
        }
        for name, board in DASHBOARDS.items()
    ]  # fmt: skip
    return [*operator_objects(namespace), *boards]


def _kept_password(path: Path) -> str:
    """The Grafana password of an earlier run; empty if there is none."""
    if not path.exists():
        return ""
    for document in read_documents(path):
        if document["kind"] == "Secret":
            password: str = document.get("stringData", {}).get("password", "")
            if not password.strip():
                raise SettingsError(
                    f"{path}: the Grafana Secret has no password; delete the Secret"
                )
            return password
    return ""


def _address(way: str) -> str:
    service = {"standalone": "ei-prometheus-svc", "operator": "prometheus-operated"}[way]
    return f"http://{service}.monitoring.svc"


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    if path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="install-monitoring.sh",
        description="Write the manifests that monitor an installation, and print the commands to "
        "apply them. tools/install-monitoring.sh --apply runs the commands.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "way",
        nargs="?",
        default="standalone",
        choices=("standalone", "operator"),
        help="a small Prometheus (port 31009) and Grafana (31008), or objects for "
        "kube-prometheus-stack (standalone)",
    )
    add(
        "-n",
        dest="namespace",
        metavar="NAMESPACE",
        default="elastic-inference",
        help="namespace of the installation (elastic-inference)",
    )
    add(
        "-o",
        dest="output",
        metavar="DIR",
        default=str(ROOT / "kubernetes" / "generated"),
        help="output folder (kubernetes/generated)",
    )
    add(
        "--adapter",
        action="store_true",
        help="also install prometheus-adapter, which --autoscaler hpa needs (with helm)",
    )
    return parser  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
