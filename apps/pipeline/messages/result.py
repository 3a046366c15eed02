"""Detections in one frame."""

from __future__ import annotations

from msgspec import Struct

__all__ = [
    "Box",
    "Detection",
    "Result",
    "Timings",
]

Box = tuple[float, float, float, float]


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
