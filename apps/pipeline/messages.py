"""Every value that crosses a process boundary, as a frozen struct.

On the wire each is one MessagePack map, fields in the order written here (`wire.py`). Fields are
only ever added, always with a default, so that old and new processes understand each other; a
frame from an old producer, `{name, category, data}`, is still a `Frame`.

Times that cross processes are integer microseconds of Redis' clock (`*_at`); durations are
milliseconds (`*_ms`); boxes are `(x_min, y_min, x_max, y_max)` in 0..1 of the picture.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from apps.pipeline.errors import JobReason

__all__ = [
    "AGE_BUCKETS_MS",
    "Box",
    "Detection",
    "DropReason",
    "Frame",
    "Job",
    "JobReply",
    "RefusalReason",
    "Result",
    "SourceState",
    "StreamInfo",
    "StreamLoad",
    "Timings",
    "WorkerInfo",
    "WorkerState",
]

Box = tuple[float, float, float, float]

#: Upper bounds of the age histogram that workers report per stream, in milliseconds; the last
#: bucket is open. Fine where a live view lives, coarse where it no longer matters.
AGE_BUCKETS_MS: tuple[float, ...] = (
    5, 10, 15, 20, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 320, 400, 500, 650, 800,
    1000, 1300, 1600, 2000, 3000, 5000, 10000,
)  # fmt: skip


class DropReason(StrEnum):
    """Why an accepted frame was not inferred: the closed list of the ledger."""

    OVERFLOW = "overflow"  # the queue was full and the stream that holds most places paid
    NEWEST = "newest"  # the queue was full and its policy refuses newcomers
    STALE = "stale"  # older than the freshness limit when its turn came
    MALFORMED = "malformed"  # not a MessagePack map with name, category and data
    WRONG_TASK = "wrong_task"  # its category is not the task of the queue
    TOO_LARGE = "too_large"  # more bytes or more pixels than allowed
    UNDECODABLE = "undecodable"  # not a picture, or a truncated one
    FAILED = "failed"  # the engine failed on it
    REMOVED = "removed"  # a foreign consumer took it from the queue


class RefusalReason(StrEnum):
    """Why a push was refused; refused frames were never accepted and are counted apart."""

    TOO_LARGE = "too_large"
    CONFLICT = "conflict"  # another live source pushes under the same name, with a newer epoch


class Frame(Struct, frozen=True, kw_only=True):
    """One JPEG picture of one stream, on its way to the queue of one task.

    `name` stands first, so that a Redis script can read it with plain string operations.

    Attributes:
        name: stream name, 1 to 200 bytes of UTF-8 without control characters.
        category: task, `[a-z0-9-]+`.
        data: the JPEG.
        sequence: counts the frames of one epoch; None from foreign producers.
        epoch: when the stream was started, microseconds of Redis' clock; None if foreign.
        captured_at: when the picture was taken, microseconds of Redis' clock; None if foreign.
    """

    name: str
    category: str
    data: bytes
    sequence: int | None = None
    epoch: int | None = None
    captured_at: int | None = None


class Detection(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing found in one picture.

    Attributes:
        label: class name from the model's manifest.
        score: confidence in 0..1.
        box: where, in 0..1 of the picture.
        track_id: identity over time, when a tracker ran.
        embedding: L2-normalised appearance vector, when an embedder ran.
        landmarks: five facial points as `(x, y)` in 0..1, when the model gives them.
    """

    label: str
    score: float
    box: Box
    track_id: int | None = None
    embedding: tuple[float, ...] | None = None
    landmarks: tuple[tuple[float, float], ...] | None = None


class Timings(Struct, frozen=True, kw_only=True):
    """Where the time of one frame went, in milliseconds."""

    queue_ms: float = 0.0  # waiting in Redis and in the worker's hands
    decode_ms: float = 0.0  # JPEG to pixels at the scale that the model needs
    infer_ms: float = 0.0  # request handed to the device until its answer
    postprocess_ms: float = 0.0  # tensor to detections


class Result(Struct, frozen=True, kw_only=True):
    """What was found in one frame: detections as data, and the untouched JPEG on demand.

    Attributes:
        stream: stream id.
        task: task name.
        sequence: the frame's, or its arrival number for foreign frames.
        epoch: the frame's, or the ledger's birth for foreign frames.
        captured_at: the frame's (or its arrival), microseconds of Redis' clock.
        inferred_at: when the detections were ready, same clock.
        width: of the original picture, pixels.
        height: of the original picture, pixels.
        model: model name, as in `models/<name>/`.
        precision: what the engine really runs, such as `INT8` or `FP32`.
        device: `CPU`, `GPU`, ….
        worker: incarnation of the worker.
        detections: best first.
        timings: where the time went.
        jpeg: the producer's picture, only while somebody watches.
    """

    stream: str
    task: str
    sequence: int
    epoch: int
    captured_at: int
    inferred_at: int
    width: int
    height: int
    model: str
    precision: str
    device: str
    worker: str = ""
    detections: tuple[Detection, ...] = ()
    timings: Timings = Timings()
    jpeg: bytes | None = None


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


class Job(Struct, frozen=True, kw_only=True):
    """One JPEG or PNG that somebody waits for: never dropped, acknowledged, answered once.

    Attributes:
        id: 32 hexadecimal digits; a repeated submission has the same.
        deadline_at: when nobody waits any more, microseconds of Redis' clock.
        reply_to: the client process that waits.
        attempts: how often it was handed to a worker, this time included.
    """

    id: str
    task: str
    data: bytes
    submitted_at: int
    deadline_at: int
    reply_to: str
    attempts: int = 0


class JobReply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a job: a result, or the reason and a sentence why there is none."""

    id: str
    result: Result | None = None
    reason: JobReason | None = None
    error: str = ""
