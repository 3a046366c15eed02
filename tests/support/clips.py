"""Clips to play: real videos with the detections of real models, or numbered pictures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from apps.pipeline.messages import Detection, Timings
from apps.vision.image import decode, encode_jpeg
from apps.vision.models.catalogue import resolve
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.registry import load_engine

__all__ = ["BARS", "Clip", "numbered", "record"]

#: Positions of the bar in a numbered clip.
BARS = 60


@dataclass(frozen=True)
class Clip:
    """Pictures that repeat, with the detections in each.

    Attributes:
        task: Task of the model.
        model: Name of the model.
        precision: Precision that inference computed in.
        labels: Classes of the model.
        width: Width of the pictures, pixels.
        height: Height of the pictures, pixels.
        frames: JPEG and detections of each picture.
        timings: Measured time of one frame; zero for numbered clips.
    """

    task: str
    model: str
    precision: str
    labels: tuple[str, ...]
    width: int
    height: int
    frames: tuple[tuple[bytes, tuple[Detection, ...]], ...]
    timings: Timings


def record(video: Path, task: str, models: Path, frames: int = 90, skip: int = 0) -> Clip:
    """Run the model of a task over some frames of a video, once."""
    engine = load_engine(resolve(task, [models]), CompileOptions())
    info = engine.info
    played = cv2.VideoCapture(str(video))
    played.set(cv2.CAP_PROP_POS_FRAMES, skip)
    found: list[tuple[bytes, tuple[Detection, ...]]] = []
    width = height = 0
    decode_ms, infer_ms = [], []
    for _ in range(frames):
        there, pixels = played.read()
        if not there:
            break
        height, width = pixels.shape[:2]
        jpeg = encode_jpeg(np.asarray(pixels, np.uint8), 80)
        begun = time.perf_counter()
        picture = decode(jpeg, width=info.width, height=info.height, inside=info.inside)
        decoded = time.perf_counter()
        found.append((jpeg, engine.infer(picture)))
        decode_ms.append((decoded - begun) * 1000)
        infer_ms.append((time.perf_counter() - decoded) * 1000)
    played.release()
    engine.close()
    timings = Timings(decode_ms=median(decode_ms), infer_ms=median(infer_ms))
    return Clip(task, info.model, info.precision, info.labels, width, height, tuple(found), timings)


def numbered(task: str = "people", width: int = 640, height: int = 360) -> Clip:
    """Pictures with a white bar that moves one place each, and one detection exactly around it."""
    frames = []
    for place in range(BARS):
        left, right = place * width // BARS, (place + 1) * width // BARS
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[:, left:right] = 255
        box = (left / width, 0.0, right / width, 1.0)
        frames.append((encode_jpeg(pixels, 90), (Detection(label="bar", score=1.0, box=box),)))
    return Clip(task, "numbered", "FP32", ("bar",), width, height, tuple(frames), Timings())
