"""Prometheus metrics of a worker, with its labels filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.inference.meter import MeterReading
from apps.pipeline.messages import Timings
from apps.runtime.metrics import Metrics

if TYPE_CHECKING:
    from prometheus_client import Counter

__all__ = ["WorkerMetrics"]


class WorkerMetrics:
    """Counters, histograms and gauges of one worker."""

    def __init__(
        self, metrics: Metrics, *, task: str, model: str, precision: str, device: str
    ) -> None:
        labels = (task, model, precision, device)
        self._metrics = metrics
        self._task = task
        self._labels = labels
        self._claimed = metrics.counter("ei_frames_claimed_total", *labels)
        self._offered = metrics.counter("ei_offered_work_seconds_total", *labels)
        self._queue_wait = metrics.histogram("ei_queue_wait_seconds", *labels)
        self._decode = metrics.histogram("ei_decode_seconds", *labels)
        self._inference = metrics.histogram("ei_inference_seconds", *labels)
        self._publish = metrics.histogram("ei_publish_seconds", *labels)
        self._age = metrics.histogram("ei_result_age_seconds", *labels)
        self._outcomes: dict[str, Counter] = {}
        self._offered_so_far = 0.0
        self.update(MeterReading())

    def outcome(self, outcome: str) -> None:
        """Count a frame: `inferred` or a drop reason."""
        counter = self._outcomes.get(outcome)
        if counter is None:
            counter = self._metrics.counter("ei_frames_total", *self._labels, str(outcome))
            self._outcomes[outcome] = counter
        counter.inc()

    def job(self, outcome: str) -> None:
        """Count a job: `done`, `failed`, `retried`, `dead` or `expired`."""
        self._metrics.counter("ei_jobs_total", *self._labels, outcome).inc()

    def claimed(self, count: int) -> None:
        """Count drops for lack of capacity that the queue assigned to this worker."""
        if count:
            self._claimed.inc(count)

    def capture_time_replaced(self) -> None:
        """Count a frame whose capture time was invalid."""
        self._metrics.counter("ei_capture_time_replaced_total", self._task).inc()

    def leases_lost(self, count: int) -> None:
        """Count leases that expired."""
        if count:
            self._metrics.counter("ei_leases_lost_total", self._task).inc(count)

    def result(self, timings: Timings, age_ms: float) -> None:
        """Record the timings of a result and its age since capture, milliseconds."""
        self._queue_wait.observe(timings.queue_ms / 1000)
        self._decode.observe(timings.decode_ms / 1000)
        self._inference.observe(timings.infer_ms / 1000)
        self._age.observe(age_ms / 1000)

    def published(self, seconds: float) -> None:
        """Record the duration of a round trip that carried results, seconds."""
        self._publish.observe(seconds)

    def update(self, reading: MeterReading) -> None:
        """Set the gauges and the counter of offered work from a reading."""
        gauges = {
            "ei_infer_fps": reading.infer_fps,
            "ei_drop_fps": reading.drop_fps,
            "ei_scale_ratio": reading.scale_ratio,
            "ei_utilisation": reading.utilisation,
            "ei_frame_cost_seconds": reading.cost,
        }
        for name, value in gauges.items():
            self._metrics.gauge(name, *self._labels).set(value)
        self._offered.inc(reading.offered_work_seconds - self._offered_so_far)
        self._offered_so_far = reading.offered_work_seconds
