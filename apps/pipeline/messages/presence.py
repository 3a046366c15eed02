"""Heartbeats of streams and workers."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

__all__ = [
    "AGE_BUCKETS_MS",
    "SourceState",
    "StreamInfo",
    "StreamLoad",
    "WorkerInfo",
    "WorkerState",
]

#: Upper bounds of the age histogram that workers report per stream, in milliseconds; the last
#: bucket is open. Fine where a live view lives, coarse where it no longer matters.
AGE_BUCKETS_MS: tuple[float, ...] = (
    5, 10, 15, 20, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 320, 400, 500, 650, 800,
    1000, 1300, 1600, 2000, 3000, 5000, 10000,
)  # fmt: skip


class SourceState(StrEnum):
    """What a source is doing."""

    CONNECTING = "connecting"
    LIVE = "live"
    OFFLINE = "offline"
    PAUSED = "paused"
    ENDED = "ended"


class StreamInfo(Struct, frozen=True, kw_only=True):
    """A source's heartbeat about one stream: one picture source feeding one task.

    Attributes:
        id: stream id.
        name: stream name.
        task: task name.
        epoch: the source's present start, microseconds of Redis' clock.
        state: what the source is doing.
        source: its address, credentials removed.
        kind: `camera`, `file`, `rtsp`, `http`, `images`, `synthetic` or `foreign`.
        error: why it is offline, one sentence; empty when it is well.
        width: pixels; 0 while unknown.
        height: pixels; 0 while unknown.
        fps: pictures captured per second over the last seconds.
        captured: pictures captured since the epoch.
        pushed: of these, accepted by the queue.
        dropped: of these, dropped at the source, by reason.
        last_captured_at: microseconds of Redis' clock; 0 before the first picture.
        conflict: another live source uses the same name.
    """

    id: str
    name: str
    task: str
    epoch: int
    state: SourceState
    source: str = ""
    kind: str = ""
    error: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    captured: int = 0
    pushed: int = 0
    dropped: dict[str, int] = {}
    last_captured_at: int = 0
    conflict: bool = False


class StreamLoad(Struct, frozen=True, kw_only=True):
    """What one worker did for one stream over its trailing window.

    Attributes:
        inferred_fps: frames inferred per second.
        ages: counts per bucket of `AGE_BUCKETS_MS` (one more for the open end): capture to result.
        width: of the pictures, pixels.
        height: of the pictures, pixels.
    """

    inferred_fps: float = 0.0
    ages: tuple[int, ...] = ()
    width: int = 0
    height: int = 0


class WorkerState(StrEnum):
    """What a worker is doing."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"


class WorkerInfo(Struct, frozen=True, kw_only=True):
    """A worker's heartbeat.

    Attributes:
        id: incarnation, new for every start of the process and after every lost lease.
        task: the one task it serves.
        state: what it is doing.
        host: host or pod name.
        pid: process id, for the operator.
        model: model name.
        precision: what the engine really runs.
        device: `CPU`, `GPU`, ….
        labels: class names that its model can find.
        started_at: microseconds of Redis' clock.
        cores: CPU time allowed, in cores.
        slots: inference requests in flight at most.
        utilisation: 0..1, trailing 10 s.
        inferred_fps: trailing 10 s.
        drop_fps: claimed drops per second, trailing 10 s.
        scale_ratio: `ei_scale_ratio`.
        offered_work_seconds: `ei_offered_work_seconds_total`.
        streams: what it did for each stream, by stream id.
        better: a model that a download would bring, `<model>/<precision>`; empty if the one in use
            is none of those that ship with the project, or nothing better is known.
    """

    id: str
    task: str
    state: WorkerState
    host: str = ""
    pid: int = 0
    model: str = ""
    precision: str = ""
    device: str = ""
    labels: tuple[str, ...] = ()
    started_at: int = 0
    cores: float = 0.0
    slots: int = 0
    utilisation: float = 0.0
    inferred_fps: float = 0.0
    drop_fps: float = 0.0
    scale_ratio: float = 0.0
    offered_work_seconds: float = 0.0
    streams: dict[str, StreamLoad] = {}
    better: str = ""
