"""The scripts that install metrics servers, adapters and monitoring."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Script: its chart, and a required argument of its command.
CHARTS = {
    "install-keda.sh": ("keda", ">=2.18.0 <3.0.0"),
    "install-k8s-prometheus-adapter.sh": (
        "prometheus-adapter",
        str(ROOT / "kubernetes" / "monitoring" / "adapter-values.yaml"),
    ),
    "install-kube-prometheus.sh": (
        "kube-prometheus-stack",
        str(ROOT / "kubernetes" / "monitoring" / "kube-prometheus-stack-values.yaml"),
    ),
    "install-metric-server.sh": ("metrics-server", "kube-system"),
}

every_script = pytest.mark.parametrize("name", CHARTS)


class Cluster:
    """Programs called helm and kubectl that record their arguments, one per line."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._log = folder, folder / "asked.txt"
        self._log.touch()

    def has(self, *programs: str) -> None:
        for program in programs:
            path = self.folder / program
            path.write_text(f'#!/bin/sh\nprintf "%s\\n" {program} "$@" >>{self._log}\n')
            path.chmod(0o755)

    def run(self, name: str, *flags: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.folder}:/usr/bin:/bin"
        return subprocess.run(
            [str(ROOT / "tools" / name), *flags], capture_output=True, text=True, check=False,
            env={"PATH": path, "HOME": os.environ.get("HOME", "/tmp")},
        )  # fmt: skip

    @property
    def asked(self) -> list[str]:
        return self._log.read_text().splitlines()


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


@every_script
def test_without_apply_the_command_is_only_printed(name: str, cluster: Cluster) -> None:
    cluster.has("helm", "kubectl")
    done = cluster.run(name)
    assert done.stdout.startswith(f"helm upgrade --install {CHARTS[name][0]} {CHARTS[name][0]} ")
    assert cluster.asked == []


@every_script
def test_with_apply_helm_installs_the_chart(name: str, cluster: Cluster) -> None:
    cluster.has("helm")
    assert cluster.run(name, "--apply").returncode == 0
    chart, argument = CHARTS[name]
    assert cluster.asked[:5] == ["helm", "upgrade", "--install", chart, chart]
    assert argument in cluster.asked
    values = [word for word in cluster.asked if word.endswith(".yaml")]
    assert all(Path(word).is_file() for word in values)


@every_script
def test_version_and_namespace_can_be_chosen(name: str, cluster: Cluster) -> None:
    cluster.has("helm")
    cluster.run(name, "--apply", "-n", "elsewhere", "-g", "9.9.9")
    words = cluster.asked
    assert words[words.index("--version") + 1] == "9.9.9"
    assert words[words.index("--namespace") + 1] == "elsewhere"


@every_script
def test_a_missing_helm_is_reported(name: str, cluster: Cluster) -> None:
    done = cluster.run(name, "--apply")
    assert done.returncode == 1
    assert "Helm is not installed" in done.stderr


@every_script
@pytest.mark.parametrize("flag", ["-x", "-n"])
def test_a_wrong_flag_is_refused(name: str, flag: str, cluster: Cluster) -> None:
    done = cluster.run(name, flag)
    assert done.returncode == 1
    assert flag in done.stderr


def test_metrics_server_checks_certificates_by_default(cluster: Cluster) -> None:
    assert "insecure" not in cluster.run("install-metric-server.sh").stdout
    assert "--kubelet-insecure-tls" in cluster.run("install-metric-server.sh", "-k").stdout


@pytest.mark.parametrize(
    ("way", "address"),
    [("standalone", "ei-prometheus-svc"), ("operator", "prometheus-operated")],
)
def test_monitoring_is_applied_and_the_adapter_queries_its_prometheus(
    way: str, address: str, cluster: Cluster, tmp_path: Path
) -> None:
    cluster.has("helm", "kubectl")
    out = tmp_path / "out"
    done = cluster.run("install-monitoring.sh", "--apply", way, "--adapter", "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert cluster.asked[:4] == ["kubectl", "apply", "-f", f"{out}/monitoring-{way}.yaml"]
    wanted = f"prometheus.url=http://{address}.monitoring.svc,prometheus.port=9090"
    assert wanted in cluster.asked
