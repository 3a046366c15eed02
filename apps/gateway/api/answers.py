"""Bodies of REST responses: the contract with the dashboard and every other client.

Times (`now`, `since`, `at`, `times`) are microseconds of Redis' clock, `*_ms` are milliseconds,
boxes are 0..1. The OpenAPI document is made from these structs.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from apps.gateway.api.bodies import StreamConfig
from apps.pipeline.messages import Detection, Timings

__all__ = [
    "Account",
    "Added",
    "AtSource",
    "DeadLetterItem",
    "DeadLetterList",
    "Inference",
    "LedgerAnswer",
    "Scaling",
    "ScalingPoint",
    "ScalingSeries",
    "ScalingStep",
    "SessionAnswer",
    "Stream",
    "StreamDetail",
    "StreamList",
    "Task",
    "TaskLedger",
    "TaskList",
    "Trial",
    "Uploaded",
    "WorkerNow",
]

BetterModel = Annotated[
    str, Meta(description="A better model that tools/download-models.sh offers; or empty.")
]


class Account(Struct, frozen=True, kw_only=True):
    """Frames of one stream, or of one task, by place and outcome."""

    pushed: int = 0
    queued: int = 0
    in_flight: int = 0
    inferred: int = 0
    dropped: dict[str, int] = {}
    lost: int = 0
    refused: dict[str, int] = {}
    error: Annotated[int, Meta(description="Frames that the ledger cannot account for: 0.")] = 0


class TaskLedger(Account, frozen=True, kw_only=True):
    """The ledger of one task."""

    task: str
    id: Annotated[
        str, Meta(description="Identity of the data set: changes when Redis loses its data.")
    ]
    at: int
    bytes: Annotated[int, Meta(description="Bytes waiting.")]
    unbooked: Annotated[int, Meta(description="Settlements of another data set, never added.")]
    streams: dict[str, Account]


class LedgerAnswer(Struct, frozen=True, kw_only=True):
    """`GET /api/ledger`."""

    now: int
    tasks: list[TaskLedger]


class Stream(Struct, frozen=True, kw_only=True):
    """One stream."""

    id: str
    name: str
    task: str
    state: Annotated[
        str,
        Meta(
            description="live, stale (its source works, but no result comes), no_workers, "
            "connecting, offline, paused or ended."
        ),
    ]
    since: Annotated[int, Meta(description="When it entered this state.")]
    error: Annotated[str, Meta(description="Why it does not work; empty while it does.")]
    source: Annotated[str, Meta(description="Its address without credentials.")]
    kind: str
    width: int
    height: int
    fps: Annotated[float, Meta(description="Captured per second.")]
    inferred_fps: float
    drop_fps: float
    drops: Annotated[dict[str, int], Meta(description="Since the ledger began, by reason.")]
    age_p50_ms: float | None
    age_p95_ms: float | None
    watchers: Annotated[int, Meta(description="Viewers of this gateway.")]
    model: str
    precision: str
    device: str
    better: BetterModel
    epoch: int
    conflict: Annotated[bool, Meta(description="Another live source uses the same name.")]
    managed: Annotated[bool, Meta(description="It can be changed through this API.")]


class StreamList(Struct, frozen=True, kw_only=True):
    """`GET /api/streams`."""

    now: int
    problem: Annotated[
        str, Meta(description="Why the list may be stale; empty while it is current.")
    ]
    streams: list[Stream]


class AtSource(Struct, frozen=True, kw_only=True):
    """Counters of the source itself: captured = pushed + dropped."""

    captured: int
    pushed: int
    dropped: dict[str, int]


class StreamDetail(Stream, frozen=True, kw_only=True):
    """`GET /api/streams/<id>`."""

    now: int
    ledger: Account | None
    at_source: AtSource | None
    config: StreamConfig | None


class Added(Struct, frozen=True, kw_only=True):
    """`POST /api/streams`: the added streams; they are live when their source responds."""

    streams: list[Stream]


class Task(Struct, frozen=True, kw_only=True):
    """One task."""

    task: str
    model: str
    precision: str
    device: str
    better: BetterModel
    labels: list[str]
    queue_depth: int
    queue_bytes: int
    jobs: Annotated[int, Meta(description="Jobs waiting or being worked on.")]
    workers: int
    scale_ratio: Annotated[float, Meta(description="Fully busy workers that the load needs.")]
    utilisation: Annotated[float, Meta(description="Mean of the workers, 0..1.")]
    inferred_fps: float
    drop_fps: float


class TaskList(Struct, frozen=True, kw_only=True):
    """`GET /api/tasks`."""

    now: int
    tasks: list[Task]


class Inference(Struct, frozen=True, kw_only=True):
    """`POST /api/infer/<task>`."""

    task: str
    model: str
    precision: str
    device: str
    width: int
    height: int
    detections: list[Detection]
    timings: Timings


class Trial(Struct, frozen=True, kw_only=True):
    """`POST /api/streams/try`: one frame (JPEG in Base64) and what each task detects in it."""

    width: int
    height: int
    jpeg: bytes
    opened_ms: float
    results: list[Inference]
    problems: Annotated[dict[str, str], Meta(description="Why a task has no result, by task.")]


class Uploaded(Struct, frozen=True, kw_only=True):
    """`POST /api/uploads`: the upload as a stream's source."""

    source: str


class SessionAnswer(Struct, frozen=True, kw_only=True):
    """`GET /api/session`."""

    authenticated: bool
    role: str | None
    user: str | None
    local: Annotated[bool, Meta(description="A call from this machine: signing in is not needed.")]


class WorkerNow(Struct, frozen=True, kw_only=True):
    """Current state of one worker."""

    id: str
    host: str
    state: str
    cores: float
    utilisation: float
    inferred_fps: float


class ScalingPoint(Struct, frozen=True, kw_only=True):
    """One observation of one task; None where a value was not known."""

    at: int
    offered_fps: float | None
    inferred_fps: float | None
    dropped_fps: float | None
    scale_ratio: float | None
    workers: int | None
    utilisation: float | None
    queue_depth: int | None


class ScalingSeries(Struct, frozen=True, kw_only=True):
    """One task over time; the lists have one value per entry of `times`."""

    task: str
    model: str
    precision: str
    device: str
    min_workers: int
    max_workers: int
    target: float
    times: list[int]
    offered_fps: list[float | None]
    inferred_fps: list[float | None]
    dropped_fps: list[float | None]
    scale_ratio: list[float | None]
    workers: list[int | None]
    utilisation: list[float | None]
    queue_depth: list[int | None]
    workers_now: list[WorkerNow]


class ScalingStep(Struct, frozen=True, kw_only=True):
    """One decision of the autoscaler."""

    time: int
    task: str
    before: int = field(name="from")
    after: int = field(name="to")
    reason: str


class Scaling(Struct, frozen=True, kw_only=True):
    """`GET /api/scaling`."""

    now: int
    tasks: list[ScalingSeries]
    events: list[ScalingStep]


class DeadLetterItem(Struct, frozen=True, kw_only=True):
    """One job that was given up."""

    id: str
    job: Annotated[str, Meta(description="Job id.")]
    reason: Annotated[str, Meta(description="Why the last attempt failed.")]
    attempts: int
    at: Annotated[int, Meta(description="When it was given up.")]
    bytes: Annotated[int, Meta(description="Size of the job, its picture included.")]


class DeadLetterList(Struct, frozen=True, kw_only=True):
    """`GET /api/tasks/<task>/dead-letters`."""

    letters: list[DeadLetterItem]
    next: Annotated[str | None, Meta(description="Send it as `before` for the next page.")]
