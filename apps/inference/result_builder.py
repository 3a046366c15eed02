"""The result message of one inferred picture, for live frames and for jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from apps.inference.inference_slots import InferenceAnswer
from apps.pipeline.messages import Result, Timings

if TYPE_CHECKING:
    from apps.vision.models.engine import EngineInfo

__all__ = ["ResultOrigin", "build_result"]


class ResultOrigin(NamedTuple):
    """Where a picture came from; a job has no stream, sequence and epoch.

    Attributes:
        task: of the frame or job.
        captured_at: capture of the frame or submission of the job, microseconds of Redis' clock.
        stream: stream id.
        sequence: number of the frame.
        epoch: epoch of the sequence.
    """

    task: str
    captured_at: int
    stream: str = ""
    sequence: int = 0
    epoch: int = 0


def build_result(
    info: EngineInfo,
    answer: InferenceAnswer,
    origin: ResultOrigin,
    *,
    inferred_at: int,
    worker: str,
    queue_ms: float,
    jpeg: bytes | None = None,
) -> Result:
    """The result of a successful answer.

    Args:
        info: of the engine.
        answer: without error.
        origin: of the picture.
        inferred_at: now, microseconds of Redis' clock.
        worker: id of the worker in the queue.
        queue_ms: time in the queue, milliseconds.
        jpeg: the encoded picture, if a client displays the stream.
    """
    return Result(
        stream=origin.stream,
        task=origin.task,
        sequence=origin.sequence,
        epoch=origin.epoch,
        captured_at=origin.captured_at,
        inferred_at=inferred_at,
        width=answer.width,
        height=answer.height,
        model=info.model,
        precision=info.precision,
        device=info.device,
        worker=worker,
        detections=answer.detections,
        timings=Timings(
            queue_ms=round(queue_ms, 3),
            decode_ms=round(answer.decode_seconds * 1000, 3),
            infer_ms=round(answer.infer_seconds * 1000, 3),
            postprocess_ms=round(answer.parse_seconds * 1000, 3),
        ),
        jpeg=jpeg,
    )
