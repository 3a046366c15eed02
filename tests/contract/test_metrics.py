"""The table of metrics lists exactly the metrics that the code uses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from apps.runtime.metrics import TABLE, Metric

APPS = Path(__file__).resolve().parents[2] / "apps"
SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in APPS.rglob("*.py")
    if path != APPS / "pipeline" / "metrics.py"
}


@pytest.mark.parametrize("metric", TABLE, ids=lambda metric: metric.name)
def test_every_metric_of_the_table_is_used(metric: Metric) -> None:
    assert any(f'"{metric.name}"' in text for text in SOURCES.values())


def test_every_used_metric_is_in_the_table() -> None:
    known = {metric.name for metric in TABLE}
    used = {
        name
        for text in SOURCES.values()
        for name in re.findall(r'\.(?:counter|gauge|histogram)\(\s*"(\w+)"', text)
    }
    assert used - known == set()


@pytest.mark.parametrize("metric", TABLE, ids=lambda metric: metric.name)
def test_names_follow_prometheus_rules(metric: Metric) -> None:
    assert re.fullmatch(r"ei_[a-z0-9_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert metric.text.endswith(".")
    assert metric.purpose
