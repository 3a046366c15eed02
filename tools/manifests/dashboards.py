"""Grafana dashboards. Panels of histograms come from the table of metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.runtime.metrics import TABLE

__all__ = ["DASHBOARDS", "Panel", "expressions"]

_HISTOGRAMS = [metric for metric in TABLE if metric.kind == "histogram"]
_PERCENTILES = (0.5, 0.95, 0.99)
#: Width of Grafana's grid, and of a panel in it.
_GRID, _WIDTH, _HEIGHT = 24, 8, 8
_NS = 'namespace=~"$namespace"'
_TASK = f'{_NS},task=~"$task"'


@dataclass(frozen=True)
class Panel:
    """One graph of a dashboard.

    Attributes:
        title: heading of the graph.
        queries: PromQL, each with its legend; `$namespace` and `$task` are Grafana's.
        unit: name of the unit in Grafana.
        text: description of the graph.
    """

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    text: str = ""


def _percentiles(metric: str) -> tuple[tuple[str, str], ...]:
    buckets = f"sum by (task, le) (rate({metric}_bucket{{{_TASK}}}[1m]))"
    return tuple(
        (f"histogram_quantile({share}, {buckets})", f"{{{{task}}}} p{share * 100:g}")
        for share in _PERCENTILES
    )


_SCALING = (
    Panel("Offered work and workers", (
        (f"ei_offered_work{{{_TASK}}}", "{{task}} offered"),
        (f"sum by (task) (max by (namespace, task, state) (ei_workers{{{_TASK}}}))",
         "{{task}} workers"),
    ), text="The number of workers follows the offered work divided by 0.8."),
    Panel("Scale ratio per worker", ((f"ei_scale_ratio{{{_TASK}}}", "{{task}} {{instance}}"),)),
    Panel("Utilisation per worker", ((f"ei_utilisation{{{_TASK}}}", "{{task}} {{instance}}"),),
          "percentunit"),
    Panel("Inferred per task", ((f"sum by (task) (ei_infer_fps{{{_TASK}}})", "{{task}}"),),
          text="Frames per second, trailing 10 s."),
    Panel("Dropped per task", ((f"sum by (task) (ei_drop_fps{{{_TASK}}})", "{{task}}"),)),
    Panel("Inferred and dropped, all", (
        (f"sum(ei_infer_fps{{{_NS}}})", "inferred"), (f"sum(ei_drop_fps{{{_NS}}})", "dropped"),
    )),
    Panel("Inferred per worker", ((f"ei_infer_fps{{{_TASK}}}", "{{task}} {{instance}}"),)),
    Panel("Dropped per worker", ((f"ei_drop_fps{{{_TASK}}}", "{{task}} {{instance}}"),)),
    Panel("Cost per frame", ((f"ei_frame_cost_seconds{{{_TASK}}}", "{{task}} {{instance}}"),),
          "s"),
    Panel("Workers by state", (
        (f"sum by (task, state) (max by (namespace, task, state) (ei_workers{{{_TASK}}}))",
         "{{task}} {{state}}"),
        (f"max by (task) (ei_workers_settled{{{_TASK}}})", "{{task}} settled"),
    )),
    Panel("Frames and jobs waiting", (
        (f"max by (task) (ei_queue_depth{{{_TASK}}})", "{{task}} frames"),
        (f"max by (task) (ei_jobs_waiting{{{_TASK}}})", "{{task}} jobs"),
    )),
    Panel("Jobs ended", ((f"sum by (task, outcome) (rate(ei_jobs_total{{{_TASK}}}[1m]))",
                          "{{task}} {{outcome}}"),), "ops"),
)  # fmt: skip

_LATENCY = tuple(
    Panel(metric.text.rstrip("."), _percentiles(metric.name), "s", metric.purpose)
    for metric in _HISTOGRAMS
)

_LEDGER = (
    Panel("Outcome of frames", (
        (f'sum by (state) (rate(ei_ledger_frames{{{_TASK},state!~"queued|in_flight"}}[1m]))',
         "{{state}}"),
    ), "ops", "Pushed is the sum of the others."),
    Panel("Frames that are not accounted for", (
        (f"max by (task) (ei_ledger_error{{{_TASK}}})", "{{task}}"),
    ), text="Anything but 0 is a bug."),
    Panel("Settlements of another data set", (
        (f"max by (task) (ei_ledger_unbooked{{{_TASK}}})", "{{task}}"),
    )),
    Panel("Bytes waiting", ((f"max by (task) (ei_queue_bytes{{{_TASK}}})", "{{task}}"),),
          "bytes"),
    Panel("Redis memory", (
        (f"max by (namespace) (ei_redis_memory_bytes{{{_NS}}})", "used"),
        (f"max by (namespace) (ei_redis_memory_limit_bytes{{{_NS}}})", "limit"),
    ), "bytes"),
    Panel("Redis reachable", ((f"min by (service) (ei_redis_up{{{_NS}}})", "{{service}}"),)),
    Panel("Captured and pushed", (
        (f"sum by (task) (rate(ei_frames_captured_total{{{_TASK}}}[1m]))", "{{task}} captured"),
        (f"sum by (task) (rate(ei_frames_pushed_total{{{_TASK}}}[1m]))", "{{task}} pushed"),
    ), "ops"),
    Panel("Sources delivering frames", (
        (f"min by (stream) (ei_source_up{{{_TASK}}})", "{{stream}}"),
    )),
    Panel("Viewers", ((f"sum by (transport) (ei_viewers{{{_NS}}})", "{{transport}}"),)),
    Panel("Messages to viewers", (
        (f"sum by (transport) (rate(ei_viewer_messages_total{{{_NS}}}[1m]))", "{{transport}} sent"),
        (f"sum by (transport) (rate(ei_viewer_skipped_total{{{_NS}}}[1m]))",
         "{{transport}} skipped"),
    ), "ops"),
    Panel("Requests", (
        (f"sum by (route, status) (rate(ei_http_requests_total{{{_NS}}}[1m]))",
         "{{route}} {{status}}"),
    ), "ops"),
    Panel("Ready", ((f"min by (job) (ei_ready{{{_NS}}})", "{{job}}"),)),
)  # fmt: skip


def _panel(panel: Panel, number: int) -> dict[str, Any]:
    across = _GRID // _WIDTH
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.text,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {
            "x": number % across * _WIDTH, "y": number // across * _HEIGHT,
            "w": _WIDTH, "h": _HEIGHT,
        },
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}},
        "targets": [
            {"refId": chr(ord("A") + place), "expr": expression, "legendFormat": legend}
            for place, (expression, legend) in enumerate(panel.queries)
        ],
    }  # fmt: skip


def _variable(name: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".+",
        "current": {"text": "All", "value": "$__all"},
    }


def _dashboard(uid: str, title: str, panels: tuple[Panel, ...]) -> dict[str, Any]:
    return {
        "uid": uid,
        "title": title,
        "tags": ["elastic-inference"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "10s",
        "time": {"from": "now-30m", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus"},
                _variable("namespace", "label_values(ei_build_info, namespace)"),
                _variable("task", 'label_values(ei_workers{namespace=~"$namespace"}, task)'),
            ]
        },
        "panels": [_panel(panel, number) for number, panel in enumerate(panels)],
    }


DASHBOARDS: dict[str, dict[str, Any]] = {
    "ei-scaling": _dashboard("ei-scaling", "Elastic Inference: scaling", _SCALING),
    "ei-latency": _dashboard("ei-latency", "Elastic Inference: latency", _LATENCY),
    "ei-books": _dashboard("ei-books", "Elastic Inference: ledger, Redis, viewers", _LEDGER),
}


def expressions() -> Iterator[tuple[str, str]]:
    """Title and query of each panel, with values for the variables of Grafana."""
    for board in DASHBOARDS.values():
        for panel in board["panels"]:
            for target in panel["targets"]:
                filled = target["expr"].replace("$namespace", ".+").replace("$task", ".+")
                yield panel["title"], filled
