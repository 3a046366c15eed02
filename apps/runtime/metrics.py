"""Every metric, in one table: code, documentation, dashboards and alerts read it here.

Base units (seconds, bytes), `_total` on counters, few labels. Labels named `stream` hold stream
ids; there are at most as many as the ledger keeps names (1024 a task).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

__all__ = ["TABLE", "Metric", "Metrics"]

WORKER = ("task", "model", "precision", "device")
STREAM = ("stream", "task")

#: Buckets of durations inside a worker, seconds.
WORK_SECONDS = (
    0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048,
)  # fmt: skip
#: Buckets of the age of results, seconds.
AGE_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24)


@dataclass(frozen=True)
class Metric:
    """One metric as the reference shows it.

    Attributes:
        name: as exported.
        kind: `counter`, `gauge` or `histogram`.
        text: what it counts.
        labels: label names.
        service: who exports it: `inference`, `streams`, `gateway` or `all`.
        purpose: what it is for.
        buckets: of a histogram.
    """

    name: str
    kind: str
    text: str
    labels: tuple[str, ...]
    service: str
    purpose: str
    buckets: tuple[float, ...] = ()


TABLE: tuple[Metric, ...] = (
    Metric("ei_build_info", "gauge", "Always 1; what runs here.", ("service", "version"), "all",
           "Which version is where."),
    Metric("ei_ready", "gauge", "1 while /readyz says ready.", ("service",), "all",
           "Alert: a process that is up and cannot work."),
    Metric("ei_redis_up", "gauge", "1 while Redis answers this process.", ("service",), "all",
           "Alert: Redis unreachable."),
    Metric("ei_infer_fps", "gauge", "Frames inferred per second, trailing 10 s, 0 when idle.",
           WORKER, "inference", "Dashboards, as ever."),
    Metric("ei_drop_fps", "gauge",
           "Drops claimed per second (overflow, newest, stale), trailing 10 s, 0 when idle.",
           WORKER, "inference", "Dashboards, as ever."),
    Metric("ei_scale_ratio", "gauge",
           "Offered work of this worker in pods, trailing 10 s, 0 when idle.",
           WORKER, "inference", "People and old dashboards; scaling uses the counter below."),
    Metric("ei_offered_work_seconds_total", "counter",
           "Pod-seconds of work offered: utilisation x time, plus the cost of claimed drops.",
           WORKER, "inference",
           "Drives the HPA: its summed rate is the number of fully busy pods needed."),
    Metric("ei_utilisation", "gauge", "Share of this worker that is in use, 0..1, last second.",
           WORKER, "inference", "Why the signal is what it is."),
    Metric("ei_frame_cost_seconds", "gauge", "Utilisation-seconds per served frame.",
           WORKER, "inference", "What one frame costs here."),
    Metric("ei_frames_total", "counter", "Frames that left this worker, by outcome.",
           ("task", "model", "precision", "device", "outcome"), "inference",
           "Outcomes are inferred and the drop reasons of the ledger."),
    Metric("ei_frames_claimed_total", "counter", "Drops that this worker claimed for the signal.",
           WORKER, "inference", "The part of the signal that the queue lost."),
    Metric("ei_jobs_total", "counter", "Jobs that left this worker, by outcome.",
           ("task", "model", "precision", "device", "outcome"), "inference",
           "Outcomes: done, failed, retried, dead, expired, late."),
    Metric("ei_queue_wait_seconds", "histogram", "Arrival in Redis until decode starts.",
           WORKER, "inference", "Is latency made by waiting?", AGE_SECONDS),
    Metric("ei_decode_seconds", "histogram", "JPEG to pixels.", WORKER, "inference",
           "Is latency made by decoding?", WORK_SECONDS),
    Metric("ei_inference_seconds", "histogram", "Request handed to the device until its answer.",
           WORKER, "inference", "Is latency made by the model?", WORK_SECONDS),
    Metric("ei_publish_seconds", "histogram", "Results handed to Redis until it answered.",
           WORKER, "inference", "Is latency made by Redis?", WORK_SECONDS),
    Metric("ei_result_age_seconds", "histogram", "Capture until the result was published.",
           WORKER, "inference", "What a viewer feels.", AGE_SECONDS),
    Metric("ei_capture_time_replaced_total", "counter",
           "Frames whose capture time was impossible and was replaced by their arrival.",
           ("task",), "inference", "A camera's clock is wrong."),
    Metric("ei_leases_lost_total", "counter", "Times this worker was silent past its lease.",
           ("task",), "inference", "A worker that stalls."),
    Metric("ei_service_errors_total", "counter", "Unexpected errors at a service's loop boundary.",
           ("service",), "all", "A bug: read the log."),
    Metric("ei_frames_captured_total", "counter", "Pictures captured.", STREAM, "streams",
           "What the camera gives."),
    Metric("ei_frames_pushed_total", "counter", "Frames that the queue accepted.", STREAM,
           "streams", "captured = pushed + dropped at the source."),
    Metric("ei_frames_source_dropped_total", "counter", "Pictures dropped at the source.",
           ("stream", "task", "reason"), "streams",
           "Redis unreachable, refused, or the source faster than the queue."),
    Metric("ei_source_up", "gauge", "1 while the source gives pictures.", STREAM, "streams",
           "Alert: a camera is offline."),
    Metric("ei_source_restarts_total", "counter", "Times a source was opened again.", STREAM,
           "streams", "A flaky camera or link."),
    Metric("ei_ledger_frames", "gauge", "Frames of one stream by place or outcome.",
           ("stream", "task", "state"), "gateway",
           "pushed, queued, in_flight, inferred, lost, dropped_<reason>, refused_<reason>."),
    Metric("ei_ledger_error", "gauge", "Frames that the ledger cannot account for: 0.",
           ("task",), "gateway", "Alert: anything but 0 is a bug."),
    Metric("ei_ledger_unbooked", "gauge", "Settlements of another data set, never added.",
           ("task",), "gateway", "Redis lost its data while frames were in flight."),
    Metric("ei_queue_depth", "gauge", "Frames waiting.", ("task",), "gateway", "Scale from zero."),
    Metric("ei_queue_bytes", "gauge", "Bytes waiting.", ("task",), "gateway", "Redis memory."),
    Metric("ei_jobs_waiting", "gauge", "Jobs waiting or being worked on.", ("task",), "gateway",
           "Scale from zero."),
    Metric("ei_job_dead_letters", "gauge", "Jobs that were given up and are kept for an admin.",
           ("task",), "gateway", "Alert: a picture or a worker that always fails."),
    Metric("ei_workers", "gauge", "Workers by heartbeat.", ("task", "state"), "gateway",
           "The signal is withheld while fewer are scraped."),
    Metric("ei_workers_settled", "gauge", "Workers older than two scrapes.", ("task",), "gateway",
           "The signal is withheld while fewer are scraped."),
    Metric("ei_redis_memory_bytes", "gauge", "Memory that Redis uses.", (), "gateway",
           "Alert: a full Redis refuses writes."),
    Metric("ei_redis_memory_limit_bytes", "gauge", "Memory that Redis may use; 0 for no limit.",
           (), "gateway", "Alert: a full Redis refuses writes."),
    Metric("ei_viewers", "gauge", "Open viewers.", ("transport",), "gateway", "Who is watching."),
    Metric("ei_viewer_messages_total", "counter", "Messages sent to viewers.", ("transport",),
           "gateway", "Fan-out."),
    Metric("ei_viewer_skipped_total", "counter", "Messages that a viewer was too slow for.",
           ("transport",), "gateway", "Slow viewers."),
    Metric("ei_results_late_total", "counter", "Results that came after a newer one of the stream.",
           ("task",), "gateway", "Workers finish out of order."),
    Metric("ei_http_requests_total", "counter", "Requests answered.", ("route", "status"),
           "gateway", "Errors by route."),
)  # fmt: skip

_BY_NAME = {metric.name: metric for metric in TABLE}


class Metrics:
    """The metrics of one process, made from the table when they are first used."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._made: dict[str, Any] = {}

    def counter(self, name: str, *labels: str) -> Counter:
        """The counter of that name, or its child when label values are given."""
        return self._get(name, "counter", labels)  # type: ignore[no-any-return]

    def gauge(self, name: str, *labels: str) -> Gauge:
        """The gauge of that name, or its child when label values are given."""
        return self._get(name, "gauge", labels)  # type: ignore[no-any-return]

    def histogram(self, name: str, *labels: str) -> Histogram:
        """The histogram of that name, or its child when label values are given."""
        return self._get(name, "histogram", labels)  # type: ignore[no-any-return]

    def _get(self, name: str, kind: str, labels: tuple[str, ...]) -> Any:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._make(_BY_NAME[name], kind)
        return made.labels(*labels) if labels else made

    def _make(self, metric: Metric, kind: str) -> Counter | Gauge | Histogram:
        if metric.kind != kind:
            raise KeyError(f"{metric.name} is a {metric.kind}, not a {kind}")
        if kind == "histogram":
            return Histogram(metric.name, metric.text, metric.labels, registry=self.registry,
                             buckets=metric.buckets)  # fmt: skip
        make = Counter if kind == "counter" else Gauge
        return make(metric.name, metric.text, metric.labels, registry=self.registry)
