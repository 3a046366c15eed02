"""Heartbeats of streams and workers."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

__all__ = ["AGE_BUCKETS_MS", "SourceState", "StreamInfo", "StreamLoad", "WorkerInfo", "WorkerState"]

#: Upper bounds of the age histogram that workers report per stream, in milliseconds. One more
#: bucket has no upper bound. The buckets are finest at the ages of a healthy live view.
AGE_BUCKETS_MS: tuple[float, ...] = (
    5, 10, 15, 20, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 320, 400, 500, 650, 800,
    1000, 1300, 1600, 2000, 3000, 5000, 10000,
)  # fmt: skip


class SourceState(StrEnum):
    """State of a source."""

    CONNECTING = "connecting"
    LIVE = "live"
    OFFLINE = "offline"
    PAUSED = "paused"
    ENDED = "ended"


class StreamInfo(Struct, frozen=True, kw_only=True):
    """Heartbeat of one stream: one source that feeds one task.

    Attributes:
        id: stream id.
        name: stream name.
        task: task name.
        epoch: last start of the source, microseconds of Redis' clock.
        state: state of the source.
        source: address of the source without credentials.
        kind: `camera`, `file`, `rtsp`, `http`, `images`, `synthetic` or `foreign`.
        error: why the source is offline, one sentence; empty if it works.
        width: of the pictures, pixels; 0 while unknown.
        height: of the pictures, pixels; 0 while unknown.
        fps: pictures captured per second over the last seconds.
        captured: pictures captured since the epoch.
        pushed: pictures accepted by the queue since the epoch.
        dropped: pictures dropped at the source since the epoch, by reason.
        last_captured_at: last capture, microseconds of Redis' clock; 0 before the first picture.
        conflict: whether another live source uses the same name.
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
    """Work of one worker for one stream over the trailing window.

    Attributes:
        inferred_fps: frames inferred per second.
        ages: results by age (capture to result): one count per bucket of `AGE_BUCKETS_MS`, and one
            for older results.
        width: of the pictures, pixels.
        height: of the pictures, pixels.
    """

    inferred_fps: float = 0.0
    ages: tuple[int, ...] = ()
    width: int = 0
    height: int = 0


class WorkerState(StrEnum):
    """State of a worker."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"


class WorkerInfo(Struct, frozen=True, kw_only=True):
    """Heartbeat of one worker.

    Attributes:
        id: incarnation: new at every start of the process and after every lost lease.
        task: task that the worker serves.
        state: state of the worker.
        host: host or pod name.
        pid: process id.
        model: model name.
        precision: precision that the engine executes, such as `INT8`.
        device: `CPU`, `GPU`, ….
        labels: class names of the model.
        started_at: start of the process, microseconds of Redis' clock.
        cores: CPU limit, in cores.
        slots: maximum number of concurrent inference requests.
        utilisation: 0..1, trailing 10 s.
        inferred_fps: frames inferred per second, trailing 10 s.
        drop_fps: claimed drops per second, trailing 10 s.
        scale_ratio: value of `ei_scale_ratio`.
        offered_work_seconds: value of `ei_offered_work_seconds_total`.
        streams: work by stream id.
        better: better model that can be downloaded, `<model>/<precision>`; empty if the model in
            use does not ship with the project, or no better one is known.
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
