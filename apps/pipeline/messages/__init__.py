"""The messages between processes, as frozen structs.

On the wire, each message is a MessagePack map with its fields in the order of the struct
(`wire.py`). New fields are added at the end and have a default, so that old and new processes
understand each other. A map `{name, category, data}` from an old producer is a valid `Frame`.
Jobs are in `job.py`.

Times that cross processes are integer microseconds of Redis' clock (`*_at`); durations are
milliseconds (`*_ms`). Boxes are `(x_min, y_min, x_max, y_max)`, as fractions 0..1 of the picture.
"""

from __future__ import annotations

from apps.pipeline.messages.frame import DropReason, Frame, RefusalReason
from apps.pipeline.messages.presence import (
    AGE_BUCKETS_MS,
    SourceState,
    StreamInfo,
    StreamLoad,
    WorkerInfo,
    WorkerState,
)
from apps.pipeline.messages.result import Box, Detection, Result, Timings

__all__ = [
    "AGE_BUCKETS_MS",
    "Box",
    "Detection",
    "DropReason",
    "Frame",
    "RefusalReason",
    "Result",
    "SourceState",
    "StreamInfo",
    "StreamLoad",
    "Timings",
    "WorkerInfo",
    "WorkerState",
]
