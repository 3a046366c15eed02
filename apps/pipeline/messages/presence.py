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
    """Heartbeat of one stream: one source that feeds one task."""

    id: str  #: stream id
    name: str  #: stream name
    task: str  #: task name
    epoch: int  #: last start of the source, microseconds of Redis' clock
    state: SourceState  #: state of the source
    source: str = ""  #: address of the source without credentials
    kind: str = ""  #: `camera`, `file`, `rtsp`, `http`, `images`, `synthetic` or `foreign`
    error: str = ""  #: why the source is offline, one sentence; empty if it works
    width: int = 0  #: of the pictures, pixels; 0 while unknown
    height: int = 0  #: of the pictures, pixels; 0 while unknown
    fps: float = 0.0  #: pictures captured per second over the last seconds
    captured: int = 0  #: pictures captured since the epoch
    pushed: int = 0  #: pictures accepted by the queue since the epoch
    dropped: dict[str, int] = {}  #: pictures dropped at the source since the epoch, by reason
    #: last capture, microseconds of Redis' clock; 0 before the first picture
    last_captured_at: int = 0
    conflict: bool = False  #: whether another live source uses the same name


class StreamLoad(Struct, frozen=True, kw_only=True):
    """Work of one worker for one stream over the trailing window."""

    inferred_fps: float = 0.0  #: frames inferred per second
    #: results by age (capture to result): one count per bucket of `AGE_BUCKETS_MS`, and one for
    #: older results
    ages: tuple[int, ...] = ()
    width: int = 0  #: of the pictures, pixels
    height: int = 0  #: of the pictures, pixels


class WorkerState(StrEnum):
    """State of a worker."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"


class WorkerInfo(Struct, frozen=True, kw_only=True):
    """Heartbeat of one worker."""

    id: str  #: incarnation: new at every start of the process and after every lost lease
    task: str  #: task that the worker serves
    state: WorkerState  #: state of the worker
    host: str = ""  #: host or pod name
    pid: int = 0  #: process id
    model: str = ""  #: model name
    precision: str = ""  #: precision that the engine executes, such as `INT8`
    device: str = ""  #: `CPU`, `GPU`, …
    labels: tuple[str, ...] = ()  #: class names of the model
    started_at: int = 0  #: start of the process, microseconds of Redis' clock
    cores: float = 0.0  #: CPU limit, in cores
    slots: int = 0  #: maximum number of concurrent inference requests
    utilisation: float = 0.0  #: 0..1, trailing 10 s
    inferred_fps: float = 0.0  #: frames inferred per second, trailing 10 s
    drop_fps: float = 0.0  #: claimed drops per second, trailing 10 s
    scale_ratio: float = 0.0  #: value of `ei_scale_ratio`
    offered_work_seconds: float = 0.0  #: value of `ei_offered_work_seconds_total`
    streams: dict[str, StreamLoad] = {}  #: work by stream id
    #: better model that can be downloaded, `<model>/<precision>`; empty if the model in use does
    #: not ship with the project, or no better one is known
    better: str = ""
