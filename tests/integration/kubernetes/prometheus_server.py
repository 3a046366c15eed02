"""A real Prometheus with the shipped configuration and a file of targets."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from apps.local.ports import free_port
from tools.manifests.monitoring import rule_files
from tools.manifests.rendering import KUBERNETES

__all__ = ["PrometheusServer", "as_pods"]

_META = "__meta_kubernetes"


def as_pods(targets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Targets of the local system, labelled as service discovery labels pods.

    So that the relabelling that is tested is the shipped one.
    """
    return [
        {
            "targets": [address],
            "labels": {
                f"{_META}_namespace": group["labels"]["namespace"],
                f"{_META}_pod_name": f"pod-{address.rpartition(':')[2]}",
                f"{_META}_pod_label_app": group["labels"]["job"],
                f"{_META}_pod_label_app_kubernetes_io_part_of": "elastic-inference",
                f"{_META}_pod_annotation_prometheus_io_scrape": "true",
                f"{_META}_pod_annotation_prometheus_io_port": address.rpartition(":")[2],
            },
        }
        for group in targets
        for address in group["targets"]
    ]


class PrometheusServer:
    """Scrapes until it is stopped."""

    def __init__(self, folder: Path, targets: Path) -> None:
        self._port = free_port()
        text = (KUBERNETES / "monitoring" / "prometheus" / "prometheus.yaml").read_text()
        config = yaml.safe_load(text)
        (job,) = config["scrape_configs"]
        del job["kubernetes_sd_configs"]
        job["file_sd_configs"] = [{"files": [str(targets)], "refresh_interval": "1s"}]
        for name, rules in rule_files().items():
            (folder / name).write_text(rules)
        config["rule_files"] = [str(folder / Path(path).name) for path in config["rule_files"]]
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        self._log = folder / "prometheus.log"
        with self._log.open("wb") as out:
            self._process = subprocess.Popen(
                ["prometheus", f"--config.file={folder / 'prometheus.yaml'}",
                 f"--storage.tsdb.path={folder / 'data'}",
                 f"--web.listen-address=127.0.0.1:{self._port}", "--log.level=warn"],
                stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip

    @property
    def address(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> str:
        """Its output."""
        return self._log.read_text(errors="replace")

    def get(self, path: str, **query: str) -> Any:
        """The `data` of an API call; None without an answer, a text if it was refused."""
        url = f"http://127.0.0.1:{self._port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            return None

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The current samples of an expression.

        Raises:
            AssertionError: Prometheus refuses the expression.
        """
        answer = self.get("query", query=expression)
        if answer is None:
            return []
        assert isinstance(answer, dict), answer
        samples: list[dict[str, Any]] = answer["result"]
        return samples

    def stop(self) -> None:
        """Stop the process."""
        self._process.kill()
        self._process.wait()
