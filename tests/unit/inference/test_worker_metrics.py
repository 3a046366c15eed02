"""The metrics of a worker carry all labels from the start."""

from __future__ import annotations

import pytest

from apps.inference.meter import MeterReading
from apps.inference.worker_metrics import WorkerMetrics
from apps.pipeline.messages import Timings
from apps.runtime.metrics import Metrics

LABELS = {"task": "face", "model": "m", "precision": "INT8", "device": "CPU"}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def worker_metrics(metrics: Metrics) -> WorkerMetrics:
    return WorkerMetrics(metrics, task="face", model="m", precision="INT8", device="CPU")


def sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, LABELS | labels)


@pytest.mark.usefixtures("worker_metrics")
def test_the_scaling_signal_exists_before_the_first_frame(metrics: Metrics) -> None:
    names = (
        "ei_infer_fps", "ei_drop_fps", "ei_scale_ratio", "ei_utilisation",
        "ei_offered_work_seconds_total", "ei_frames_claimed_total",
    )  # fmt: skip
    assert [sample(metrics, name) for name in names] == [0.0] * len(names)


def test_an_update_sets_the_gauges(metrics: Metrics, worker_metrics: WorkerMetrics) -> None:
    worker_metrics.update(MeterReading(0.5, 0.4, 12.0, 30.0, 3.0, 1.2, 0.02))
    assert sample(metrics, "ei_utilisation") == 0.5
    assert sample(metrics, "ei_infer_fps") == 30.0
    assert sample(metrics, "ei_drop_fps") == 3.0
    assert sample(metrics, "ei_scale_ratio") == 1.2
    assert sample(metrics, "ei_frame_cost_seconds") == 0.02


def test_the_counter_of_offered_work_follows_the_meter(
    metrics: Metrics, worker_metrics: WorkerMetrics
) -> None:
    for offered in (0.0, 1.5, 1.5, 4.0):
        worker_metrics.update(MeterReading(offered_work_seconds=offered))
    assert sample(metrics, "ei_offered_work_seconds_total") == 4.0


def test_frames_and_jobs_are_counted_by_outcome(
    metrics: Metrics, worker_metrics: WorkerMetrics
) -> None:
    for outcome in ("inferred", "inferred", "stale"):
        worker_metrics.outcome(outcome)
    worker_metrics.job("done")
    assert sample(metrics, "ei_frames_total", outcome="inferred") == 2
    assert sample(metrics, "ei_frames_total", outcome="stale") == 1
    assert sample(metrics, "ei_jobs_total", outcome="done") == 1


def test_durations_are_in_seconds(metrics: Metrics, worker_metrics: WorkerMetrics) -> None:
    worker_metrics.result(Timings(queue_ms=1000, decode_ms=4, infer_ms=20, postprocess_ms=1), 1500)
    assert sample(metrics, "ei_queue_wait_seconds_sum") == 1.0
    assert sample(metrics, "ei_decode_seconds_sum") == 0.004
    assert sample(metrics, "ei_inference_seconds_sum") == 0.02
    assert sample(metrics, "ei_result_age_seconds_sum") == 1.5
