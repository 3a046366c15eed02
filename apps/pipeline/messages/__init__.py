"""Every value that crosses a process boundary, as a frozen struct.

On the wire each is one MessagePack map, fields in the order written here (`wire.py`). Fields are
only ever added, always with a default, so that old and new processes understand each other; a
frame from an old producer, `{name, category, data}`, is still a `Frame`.

Times that cross processes are integer microseconds of Redis' clock (`*_at`); durations are
milliseconds (`*_ms`); boxes are `(x_min, y_min, x_max, y_max)` in 0..1 of the picture.
"""

from __future__ import annotations

from apps.pipeline.messages.frame import DropReason, Frame, RefusalReason
from apps.pipeline.messages.job import Job, JobReply
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
