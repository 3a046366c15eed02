"""Observations with defaults: streams, workers and ledgers."""

from __future__ import annotations

from typing import Any

from apps.gateway.state.observation import Observation
from apps.pipeline.live_queue.ledger import Ledger, StreamLedger
from apps.pipeline.messages import SourceState, StreamInfo, WorkerInfo, WorkerState, stream_id

__all__ = ["SECOND", "ledger", "line", "observation", "stream", "worker"]

SECOND = 1_000_000


def stream(name: str = "hall", task: str = "face", **changes: Any) -> StreamInfo:
    fields: dict[str, Any] = {
        "id": stream_id.join(name, task),
        "name": name,
        "task": task,
        "epoch": 7,
        "state": SourceState.LIVE,
        "source": "rtsp://10.0.0.5/live",
        "kind": "rtsp",
        "width": 640,
        "height": 360,
        "fps": 15.0,
    }
    return StreamInfo(**{**fields, **changes})


def worker(identity: str = "w1", task: str = "face", **changes: Any) -> WorkerInfo:
    fields: dict[str, Any] = {
        "id": identity,
        "task": task,
        "state": WorkerState.READY,
        "model": "retail",
        "precision": "INT8",
        "device": "CPU",
        "labels": ("face",),
    }
    return WorkerInfo(**{**fields, **changes})


def line(pushed: int = 0, **changes: Any) -> StreamLedger:
    """A line whose frames were all inferred, unless it says otherwise."""
    return StreamLedger(**{"pushed": pushed, "inferred": pushed, **changes})


def ledger(task: str = "face", identity: str = "1-a", **streams: StreamLedger) -> Ledger:
    return Ledger(task=task, id=identity, at=0, bytes=0, unbooked=0, streams=streams)


def observation(at: float, **changes: Any) -> Observation:
    """An observation that many seconds after the clock began (well after zero)."""
    for name in ("streams", "workers", "events"):
        if name in changes:
            changes[name] = tuple(changes[name])
    if "ledgers" in changes:
        changes["ledgers"] = {books.task: books for books in changes["ledgers"]}
    if "wanted" in changes:
        changes["wanted"] = {item.name: item for item in changes["wanted"]}
    return Observation(at=int((1000 + at) * SECOND), **changes)
