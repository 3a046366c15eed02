"""The table of all metrics: code, documentation, dashboards and alerts are made from it.

Metrics use base units (seconds, bytes) and few labels; names of counters end in `_total`. A label
`stream` contains a stream id. The ledger limits the number of streams to 1024 per task.
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
    """One metric, as shown in the reference."""

    name: str  #: exported name
    kind: str  #: `counter`, `gauge` or `histogram`
    text: str  #: the measured quantity, one sentence
    labels: tuple[str, ...]  #: label names
    service: str  #: exporting service: `inference`, `streams`, `gateway` or `all`
    purpose: str  #: how the metric is used
    buckets: tuple[float, ...] = ()  #: upper bounds of the buckets of a histogram


TABLE: tuple[Metric, ...] = (
    Metric("ei_build_info", "gauge", "Always 1; the version is a label.", ("service", "version"),
           "all", "Shows which version runs where."),
    Metric("ei_ready", "gauge", "1 while /readyz reports ready.", ("service",), "all",
           "Alert: a process runs but cannot work."),
    Metric("ei_redis_up", "gauge", "1 while Redis responds to this process.", ("service",), "all",
           "Alert: Redis is unreachable."),
    Metric("ei_infer_fps", "gauge", "Frames inferred per second, trailing 10 s, 0 when idle.",
           WORKER, "inference", "For dashboards."),
    Metric("ei_drop_fps", "gauge",
           "Drops claimed per second (overflow, newest, stale), trailing 10 s, 0 when idle.",
           WORKER, "inference", "For dashboards."),
    Metric("ei_scale_ratio", "gauge",
           "Offered work of this worker in pods, trailing 10 s, 0 when idle.",
           WORKER, "inference", "For dashboards; the HPA uses ei_offered_work_seconds_total."),
    Metric("ei_offered_work_seconds_total", "counter",
           "Pod-seconds of work offered: utilisation x time, plus the cost of claimed drops.",
           WORKER, "inference",
           "Drives the HPA: its summed rate is the number of fully busy pods needed."),
    Metric("ei_utilisation", "gauge", "Utilisation of this worker over the last second, 0..1.",
           WORKER, "inference", "Explains the scaling signal."),
    Metric("ei_frame_cost_seconds", "gauge", "Utilisation-seconds per inferred frame.",
           WORKER, "inference", "Shows the cost of one frame on this worker."),
    Metric("ei_frames_total", "counter", "Frames finished by this worker, by outcome.",
           ("task", "model", "precision", "device", "outcome"), "inference",
           "Outcomes are `inferred` and the drop reasons of the ledger."),
    Metric("ei_frames_claimed_total", "counter", "Drops that this worker claimed for the signal.",
           WORKER, "inference", "Shows the share of dropped frames in the scaling signal."),
    Metric("ei_jobs_total", "counter", "Jobs finished by this worker, by outcome.",
           ("task", "model", "precision", "device", "outcome"), "inference",
           "Outcomes: done, failed, retried, dead, expired, late."),
    Metric("ei_queue_wait_seconds", "histogram", "Arrival in Redis until the start of decoding.",
           WORKER, "inference", "Shows the latency of waiting.", AGE_SECONDS),
    Metric("ei_decode_seconds", "histogram", "Decoding of a JPEG.", WORKER, "inference",
           "Shows the latency of decoding.", WORK_SECONDS),
    Metric("ei_inference_seconds", "histogram", "Start of an inference request until its result.",
           WORKER, "inference", "Shows the latency of the model.", WORK_SECONDS),
    Metric("ei_publish_seconds", "histogram", "Sending of results until the reply of Redis.",
           WORKER, "inference", "Shows the latency of Redis.", WORK_SECONDS),
    Metric("ei_result_age_seconds", "histogram", "Capture until the result was published.",
           WORKER, "inference", "Shows the latency that a viewer sees.", AGE_SECONDS),
    Metric("ei_capture_time_replaced_total", "counter",
           "Frames with an impossible capture time, replaced by the arrival time.",
           ("task",), "inference", "Finds cameras with a wrong clock."),
    Metric("ei_leases_lost_total", "counter", "Expired leases of this worker.",
           ("task",), "inference", "Finds workers that stall."),
    Metric("ei_service_errors_total", "counter", "Unexpected errors in a service.",
           ("service",), "all", "Each is a bug; the log has a traceback."),
    Metric("ei_frames_captured_total", "counter", "Pictures captured.", STREAM, "streams",
           "Shows the frame rate of the source."),
    Metric("ei_frames_pushed_total", "counter", "Frames accepted by the queue.", STREAM,
           "streams", "captured = pushed + dropped at the source."),
    Metric("ei_frames_source_dropped_total", "counter", "Pictures dropped at the source.",
           ("stream", "task", "reason"), "streams",
           "Redis was unreachable or refused the frame, or the source was too fast."),
    Metric("ei_source_up", "gauge", "1 while the source delivers pictures.", STREAM, "streams",
           "Alert: a camera is offline."),
    Metric("ei_source_restarts_total", "counter", "Restarts of a source.", STREAM,
           "streams", "Finds unreliable cameras and networks."),
    Metric("ei_ledger_frames", "gauge", "Frames of one stream by state.",
           ("stream", "task", "state"), "gateway",
           "pushed, queued, in_flight, inferred, lost, dropped_<reason>, refused_<reason>."),
    Metric("ei_ledger_error", "gauge", "Frames missing from the ledger; normally 0.",
           ("task",), "gateway", "Alert: any other value than 0 is a bug."),
    Metric("ei_ledger_unbooked", "gauge", "Settlements for a lost data set, not counted elsewhere.",
           ("task",), "gateway", "Redis lost its data while frames were in flight."),
    Metric("ei_queue_depth", "gauge", "Waiting frames.", ("task",), "gateway", "Scale from zero."),
    Metric("ei_queue_bytes", "gauge", "Bytes of waiting frames.", ("task",), "gateway",
           "Explains the memory use of Redis."),
    Metric("ei_jobs_waiting", "gauge", "Jobs that wait or are in progress.", ("task",), "gateway",
           "Scale from zero."),
    Metric("ei_job_dead_letters", "gauge", "Dead letters: failed jobs kept for an admin.",
           ("task",), "gateway", "Alert: a picture or a worker always fails."),
    Metric("ei_workers", "gauge", "Workers with a recent heartbeat.", ("task", "state"), "gateway",
           "The scaling signal is withheld while Prometheus scrapes fewer workers."),
    Metric("ei_workers_settled", "gauge", "Workers older than two scrapes.", ("task",), "gateway",
           "The scaling signal is withheld while Prometheus scrapes fewer workers."),
    Metric("ei_redis_memory_bytes", "gauge", "Memory used by Redis.", (), "gateway",
           "Alert: Redis refuses writes when its memory is full."),
    Metric("ei_redis_memory_limit_bytes", "gauge", "Memory limit of Redis; 0 for no limit.",
           (), "gateway", "Alert: Redis refuses writes when its memory is full."),
    Metric("ei_viewers", "gauge", "Connected viewers.", ("transport",), "gateway",
           "Shows how many viewers are connected."),
    Metric("ei_viewer_messages_total", "counter", "Messages sent to viewers.", ("transport",),
           "gateway", "Shows the fan-out of the gateway."),
    Metric("ei_viewer_skipped_total", "counter", "Messages skipped because a viewer was slow.",
           ("transport",), "gateway", "Finds slow viewers."),
    Metric("ei_results_late_total", "counter", "Results older than one already received.",
           ("task",), "gateway", "Workers finish frames out of order."),
    Metric("ei_http_requests_total", "counter", "HTTP requests.", ("route", "status"),
           "gateway", "Finds errors by route."),
)  # fmt: skip

_BY_NAME = {metric.name: metric for metric in TABLE}


class Metrics:
    """The metrics of one process. Each is created from the table at its first use."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._made: dict[str, Any] = {}

    def counter(self, name: str, *labels: str) -> Counter:
        """The counter with this name, or its child for the given label values."""
        return self._get(name, "counter", labels)  # type: ignore[no-any-return]

    def gauge(self, name: str, *labels: str) -> Gauge:
        """The gauge with this name, or its child for the given label values."""
        return self._get(name, "gauge", labels)  # type: ignore[no-any-return]

    def histogram(self, name: str, *labels: str) -> Histogram:
        """The histogram with this name, or its child for the given label values."""
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
