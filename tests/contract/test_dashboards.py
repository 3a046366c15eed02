"""Dashboards query exported metrics and show the important ones."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from apps.runtime.metrics import TABLE
from tools.manifests.dashboards import DASHBOARDS, expressions

METRICS = {metric.name: metric for metric in TABLE}


def test_every_query_reads_metrics_of_the_table_or_of_a_rule() -> None:
    for title, expression in expressions():
        for name in re.findall(r"\bei_\w+", expression):
            known = {name, name.removesuffix("_bucket")} & METRICS.keys()
            assert known or name == "ei_offered_work", title


def test_every_histogram_is_shown_by_percentiles() -> None:
    shown = " ".join(expression for _, expression in expressions())
    histograms = [metric.name for metric in TABLE if metric.kind == "histogram"]
    assert [name for name in histograms if f"{name}_bucket" not in shown] == []


@pytest.mark.parametrize(
    "name",
    ["ei_scale_ratio", "ei_infer_fps", "ei_drop_fps", "ei_workers", "ei_offered_work",
     "ei_ledger_error", "ei_redis_memory_bytes", "ei_viewers", "ei_queue_depth"],
)  # fmt: skip
def test_the_important_metrics_are_shown(name: str) -> None:
    assert any(name in expression for _, expression in expressions())


def test_a_query_filters_by_labels_that_its_metric_has() -> None:
    for title, expression in expressions():
        for name, labels in re.findall(r"\b(ei_\w+)\{([^}]*)\}", expression):
            metric = METRICS.get(name.removesuffix("_bucket"))
            if metric is None:
                continue
            used = set(re.findall(r"(\w+)(?:=~|!~|=)", labels)) - {"namespace"}
            assert used <= set(metric.labels), title


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_do_not_overlap(name: str) -> None:
    boxes = [panel["gridPos"] for panel in DASHBOARDS[name]["panels"]]
    for one, other in combinations(boxes, 2):
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y
    assert all(box["x"] + box["w"] <= 24 for box in boxes)
