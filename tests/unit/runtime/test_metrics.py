"""The table of all metrics."""

from __future__ import annotations

import re

import pytest

from apps.runtime.metrics import TABLE, Metric, Metrics

by_metric = pytest.mark.parametrize("metric", TABLE, ids=lambda metric: metric.name)


def test_metric_names_are_unique() -> None:
    assert len({metric.name for metric in TABLE}) == len(TABLE)


@by_metric
def test_a_metric_name_shows_kind_and_unit(metric: Metric) -> None:
    assert re.fullmatch(r"ei_[a-z0-9_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert not metric.name.endswith(("_ms", "_milliseconds", "_percent"))


@by_metric
def test_a_metric_has_a_description_of_one_sentence(metric: Metric) -> None:
    assert metric.text.endswith(".")
    assert metric.purpose
    assert metric.service in {"all", "inference", "streams", "gateway", "local"}
    assert bool(metric.buckets) == (metric.kind == "histogram")


@by_metric
def test_a_metric_can_be_created_from_the_table(metric: Metric) -> None:
    metrics = Metrics()
    make = {"counter": metrics.counter, "gauge": metrics.gauge, "histogram": metrics.histogram}
    make[metric.kind](metric.name, *metric.labels)
    exported = {sample.name for family in metrics.registry.collect() for sample in family.samples}
    assert any(name.startswith(metric.name) for name in exported)


@pytest.mark.parametrize("name", ["ei_infer_fps", "ei_drop_fps", "ei_scale_ratio"])
def test_the_metrics_of_old_dashboards_are_gauges(name: str) -> None:
    (metric,) = [item for item in TABLE if item.name == name]
    assert metric.kind == "gauge"
    assert metric.labels == ("task", "model", "precision", "device")


def test_a_metric_is_created_once() -> None:
    metrics = Metrics()
    metrics.counter("ei_service_errors_total", "streams").inc()
    metrics.counter("ei_service_errors_total", "streams").inc()
    value = metrics.registry.get_sample_value("ei_service_errors_total", {"service": "streams"})
    assert value == 2


def test_a_metric_outside_the_table_cannot_be_created() -> None:
    with pytest.raises(KeyError):
        Metrics().gauge("ei_unheard_of")


def test_a_metric_cannot_be_created_as_another_kind() -> None:
    with pytest.raises(KeyError, match="is a gauge, not a counter"):
        Metrics().counter("ei_infer_fps")
