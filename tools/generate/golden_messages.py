"""Writes `tests/golden/wire/<message>.<version>.msgpack`: the bytes of every message.

    tools/generate.sh golden-messages            writes the files that are missing

Existing files never change, because processes of that version may still run. When a message gains a
field, the bytes of its example become the next version; tests read all older versions too. Removing
or renaming a field breaks older versions and is not allowed.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from apps.pipeline.messages import (
    AGE_BUCKETS_MS,
    Detection,
    Frame,
    Result,
    SourceState,
    StreamInfo,
    StreamLoad,
    Timings,
    WorkerInfo,
    WorkerState,
    wire,
)
from apps.pipeline.messages.job import Job, JobReply
from apps.pipeline.registry.control import (
    ScalingEvent,
    ScalingLimits,
    StreamWanted,
    TrialAnswer,
    TrialAsked,
)
from apps.runtime.errors import JobReason

__all__ = ["EXAMPLES", "GOLDEN", "main", "versions"]

ROOT = Path(__file__).resolve().parents[2]

GOLDEN = ROOT / "tests" / "golden" / "wire"

_AT = 1_700_000_000_000_000
_JPEG = b"\xff\xd8\xff\xd9"

_DETECTION = Detection(
    label="person", score=0.5, box=(0.125, 0.25, 0.5, 1.0), track_id=7, embedding=(0.6, -0.8),
    landmarks=((0.25, 0.5), (0.75, 0.5)),
)  # fmt: skip
_TIMINGS = Timings(queue_ms=1.5, decode_ms=2.5, infer_ms=10.0, postprocess_ms=0.25)
_RESULT = Result(
    stream="hall%202:people", task="people", sequence=41, epoch=_AT, captured_at=_AT + 1,
    inferred_at=_AT + 30_000, width=1280, height=720, model="yolox-nano", precision="FP32",
    device="CPU", worker="0123456789abcdef",
    detections=(_DETECTION, Detection(label="car", score=0.25, box=(0.0, 0.0, 1.0, 1.0))),
    timings=_TIMINGS, jpeg=_JPEG,
)  # fmt: skip
_LOAD = StreamLoad(
    inferred_fps=12.5, ages=(0,) * len(AGE_BUCKETS_MS) + (3,), width=1280, height=720
)

#: One message of every kind, with a non-default value in every field.
EXAMPLES: tuple[Struct, ...] = (
    Frame(
        name="hall 2", category="people", data=_JPEG, sequence=41, epoch=_AT, captured_at=_AT + 1
    ),
    _DETECTION,
    _TIMINGS,
    _RESULT,
    StreamInfo(
        id="hall%202:people", name="hall 2", task="people", epoch=_AT, state=SourceState.LIVE,
        source="rtsp://10.0.0.5/live", kind="rtsp", error="it stutters", width=1280, height=720,
        fps=25.0, captured=1000, pushed=990, dropped={"redis": 10}, last_captured_at=_AT + 2,
        conflict=True,
    ),
    _LOAD,
    WorkerInfo(
        id="0123456789abcdef", task="people", state=WorkerState.DRAINING, host="node-1", pid=77,
        model="yolox-nano", precision="FP32", device="CPU", started_at=_AT, cores=1.5, slots=2,
        utilisation=0.75, inferred_fps=40.0, drop_fps=5.0, scale_ratio=1.125,
        offered_work_seconds=1234.5, labels=("person",), streams={"hall%202:people": _LOAD},
        better="person-detection-0201/FP16-INT8",
    ),
    Job(
        id="0f" * 16, task="reid", data=_JPEG, submitted_at=_AT, deadline_at=_AT + 30_000_000,
        reply_to="c1", attempts=2,
    ),
    JobReply(id="0f" * 16, result=_RESULT, reason=JobReason.POISON, error="it failed three times"),
    StreamWanted(
        name="hall 2", tasks=("people", "face"), source="rtsp://10.0.0.5/live", fps=12.5,
        paused=True, allow=("10.0.0.0/8",), revision=3,
    ),
    TrialAsked(id="t1", source="rtsp://10.0.0.5/live", until=_AT, allow=("10.0.0.0/8",)),
    TrialAnswer(jpeg=_JPEG, error="it stutters", opened_ms=120.5, width=1280, height=720),
    ScalingEvent(at=_AT, task="people", before=2, after=5, reason="4.1 workers' work is offered"),
    ScalingLimits(task="people", min_workers=1, max_workers=8, target=0.8),
)  # fmt: skip


def versions(kind: type[Struct]) -> list[Path]:
    """The golden files of a message, oldest first."""
    return sorted(
        GOLDEN.glob(f"{kind.__name__}.*.msgpack"), key=lambda path: int(path.suffixes[0][1:])
    )


def main() -> int:
    """Write the files that are missing; returns 0."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for example in EXAMPLES:
        kind, message = type(example), wire.encode(example)
        known = versions(kind)
        if not known or known[-1].read_bytes() != message:
            path = GOLDEN / f"{kind.__name__}.{len(known) + 1}.msgpack"
            path.write_bytes(message)
            print(f"wrote {path.relative_to(ROOT)}")

    return 0
