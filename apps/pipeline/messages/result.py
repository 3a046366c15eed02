"""The result of one frame: detections, timings and, on demand, the picture."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Box", "Detection", "Result", "Timings"]

Box = tuple[float, float, float, float]


class Detection(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One detected object.

    Attributes:
        label: class name from the model's manifest.
        score: confidence, 0..1.
        box: `(x_min, y_min, x_max, y_max)`, as fractions 0..1 of the picture.
        track_id: track of the object; None without a tracker.
        embedding: L2-normalised appearance vector; None without an embedder.
        landmarks: five facial points `(x, y)`, as fractions 0..1 of the picture; None if the model
            does not find landmarks.
    """

    label: str
    score: float
    box: Box
    track_id: int | None = None
    embedding: tuple[float, ...] | None = None
    landmarks: tuple[tuple[float, float], ...] | None = None


class Timings(Struct, frozen=True, kw_only=True):
    """Processing times of one frame, in milliseconds."""

    queue_ms: float = 0.0  # waiting in Redis and in the worker
    decode_ms: float = 0.0  # JPEG to pixels at the scale that the model needs
    infer_ms: float = 0.0  # start of the inference request until its result
    postprocess_ms: float = 0.0  # output tensors to detections


class Result(Struct, frozen=True, kw_only=True):
    """The result of one frame."""

    stream: str  #: stream id
    task: str  #: task name
    sequence: int  #: sequence of the frame; for foreign frames, the arrival number
    epoch: int  #: epoch of the frame; for foreign frames, the creation time of the ledger
    captured_at: int  #: capture time of the frame, or its arrival, microseconds of Redis' clock
    inferred_at: int  #: time when the detections were ready, microseconds of Redis' clock
    width: int  #: of the original picture, pixels
    height: int  #: of the original picture, pixels
    model: str  #: model name, as in `models/<name>/`
    precision: str  #: precision that the engine executes, such as `INT8` or `FP32`
    device: str  #: `CPU`, `GPU`, …
    worker: str = ""  #: incarnation of the worker
    detections: tuple[Detection, ...] = ()  #: detections, highest score first
    timings: Timings = Timings()  #: processing times
    #: unchanged JPEG of the producer; None unless a viewer needs pictures
    jpeg: bytes | None = None
