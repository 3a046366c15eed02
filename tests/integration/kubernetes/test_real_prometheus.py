"""A real Prometheus scrapes the running system: autoscalers, alerts, dashboards get data."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.runtime.metrics import TABLE
from tests.integration.kubernetes.prometheus_server import PrometheusServer, as_pods
from tests.integration.kubernetes.use import Use
from tests.support.local_system import LocalSystem
from tools.manifests.autoscalers import autoscaler
from tools.manifests.dashboards import expressions
from tools.manifests.monitoring import adapter_rules, rule_files
from tools.manifests.request import Request

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.redis,
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="no prometheus on this machine"),
]

TASK = "face"


class Observed:
    """The running system and the Prometheus that scrapes it."""

    def __init__(self, folder: Path) -> None:
        self._found, self._pods = folder / "targets.json", folder / "pods.json"
        self._pods.write_text("[]")
        self.system = LocalSystem(
            "--task", TASK, "--targets", str(self._found), log=folder / "local.log"
        )
        self.prometheus = PrometheusServer(folder, self._pods)
        self._use: Use | None = None

    def follow(self) -> None:
        """Give Prometheus the current targets."""
        if self._found.is_file():
            pods = json.dumps(as_pods(json.loads(self._found.read_text())))
            if self._pods.read_text() != pods:
                fresh = self._pods.with_suffix(".new")
                fresh.write_text(pods)
                fresh.replace(self._pods)  # Prometheus may be reading

    def until(self, holds: Callable[[], Any], seconds: float) -> Any:
        """Wait until a call returns a true value, updating the targets; returns the last value."""
        deadline = time.monotonic() + seconds
        while not (found := holds()) and time.monotonic() < deadline:
            self.follow()
            time.sleep(0.5)
        return found

    def begin(self) -> None:
        """Wait for the first frames, and start a viewer."""
        self.system.until(lambda: any(s["state"] == "live" for s in self.system.streams()), 90)
        self._use = Use(self.system.port)
        wanted = f'ei_offered_work{{namespace="local",task="{TASK}"}}'
        assert self.until(lambda: self.prometheus.query(wanted), 90), self.prometheus.log

    def stop(self) -> None:
        """Stop all processes."""
        if self._use is not None:
            self._use.stop()
        self.prometheus.stop()
        self.system.stop()
        self.system.kill()


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    """One system under one Prometheus, for all tests of this file."""
    made = Observed(tmp_path_factory.mktemp("observed"))
    try:
        made.begin()
        yield made
    finally:
        made.stop()


def test_every_target_is_up_with_the_labels_of_a_cluster(observed: Observed) -> None:
    up = observed.until(lambda: observed.prometheus.query('up{namespace="local"} == 1'), 30)
    jobs = {sample["metric"]["job"] for sample in up}
    assert jobs == {"ei-gateway", "ei-streams", f"ei-infer-{TASK}-app"}
    assert all(sample["metric"]["pod"].startswith("pod-") for sample in up)


def test_prometheus_accepts_rules_and_configuration(observed: Observed) -> None:
    assert "level=error" not in observed.prometheus.log
    groups = observed.prometheus.get("rules")["groups"]
    wrong = [rule for group in groups for rule in group["rules"] if rule.get("lastError")]
    assert (len(groups), wrong) == (3, [])


def test_the_query_of_the_adapter_has_a_value(observed: Observed) -> None:
    (rule,) = adapter_rules()
    query = rule["metricsQuery"].replace("<<.Series>>", rule["name"]["as"])
    query = query.replace("<<.LabelMatchers>>", f'namespace="local",task="{TASK}"')
    query = query.replace("<<.GroupBy>>", "namespace")
    assert len(observed.until(lambda: observed.prometheus.query(query), 30)) == 1
    assert observed.prometheus.query(rule["seriesQuery"])


@pytest.mark.parametrize("kind", ["keda", "keda-zero"])
def test_the_query_of_keda_has_exactly_one_value(observed: Observed, kind: str) -> None:
    request = Request(registry="r", tasks=(TASK,), namespace="local", autoscaler=kind)
    query = autoscaler(request)["spec"]["triggers"][0]["metadata"]["query"].replace("people", TASK)
    assert len(observed.until(lambda: observed.prometheus.query(query), 30)) == 1


@pytest.mark.parametrize(("title", "expression"), [*expressions()], ids=lambda value: value[:60])
def test_every_panel_has_data(observed: Observed, title: str, expression: str) -> None:
    assert observed.until(lambda: observed.prometheus.query(expression), 60), title


ALERTS = [
    rule
    for group in yaml.safe_load(rule_files()["alerts.yaml"])["groups"]
    for rule in group["rules"]
]


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_is_evaluated_and_every_series_that_it_reads_exists(
    observed: Observed, rule: dict[str, Any]
) -> None:
    observed.prometheus.query(rule["expr"])
    selectors = re.findall(r"(?:ei_\w+|\bup\b)(?:\{[^}]*\})?", rule["expr"])
    assert selectors
    for selector in selectors:
        assert observed.until(partial(observed.prometheus.query, selector), 30), selector


def test_no_alert_fires_while_the_system_works(observed: Observed) -> None:
    firing = [
        alert["labels"]
        for alert in observed.prometheus.get("alerts")["alerts"]
        if alert["state"] == "firing"
    ]
    assert firing == []


def test_names_in_alerts_and_dashboards_are_in_the_table() -> None:
    known = {metric.name for metric in TABLE}
    known |= {f"{metric.name}_bucket" for metric in TABLE if metric.kind == "histogram"}
    known |= {"ei_offered_work", "ei_offered_work_or_waiting"}
    texts = [*rule_files().values(), *(expression for _, expression in expressions())]
    texts = [re.sub(r"#.*", "", text) for text in texts]
    used = {name for text in texts for name in re.findall(r"\bei_\w+", text)}
    assert used - known == set()
