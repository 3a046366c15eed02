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
    """The result of one frame.

    Attributes:
        stream: stream id.
        task: task name.
        sequence: sequence of the frame; for foreign frames, the arrival number.
        epoch: epoch of the frame; for foreign frames, the creation time of the ledger.
        captured_at: capture time of the frame, or its arrival, microseconds of Redis' clock.
        inferred_at: time when the detections were ready, microseconds of Redis' clock.
        width: of the original picture, pixels.
        height: of the original picture, pixels.
        model: model name, as in `models/<name>/`.
        precision: precision that the engine executes, such as `INT8` or `FP32`.
        device: `CPU`, `GPU`, ….
        worker: incarnation of the worker.
        detections: detections, highest score first.
        timings: processing times.
        jpeg: unchanged JPEG of the producer; None unless a viewer needs pictures.
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
