"""The unavoidable work: decode, resize and infer, each measured alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import cv2
import msgspec
import numpy as np
import openvino as ov

from apps.vision.image import decode
from apps.vision.models.manifest import ModelManifest

__all__ = ["Floor", "ModelPictures", "floor", "in_process_loop"]

#: Shares of the sample time for decoding, resizing and inferring.
_SHARES = (0.35, 0.15, 0.5)
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


class Floor(msgspec.Struct, frozen=True):
    """Core-seconds per frame of each primitive, measured alone."""

    decode: float
    resize: float
    infer: float

    @property
    def cost(self) -> float:
        """Sum of all three: the lower limit."""
        return self.decode + self.resize + self.infer


class ModelPictures:
    """JPEGs, decoded and resized with OpenCV for one model."""

    def __init__(self, jpegs: Sequence[bytes], manifest: ModelManifest) -> None:
        wanted = manifest.input
        self._size = (wanted.width, wanted.height)
        picture = decode(
            jpegs[0], width=wanted.width, height=wanted.height,
            inside=wanted.resize == "letterbox",
        )  # fmt: skip
        self._flag = _REDUCED[round(picture.original_width / picture.pixels.shape[1])]
        self._raw = [np.frombuffer(jpeg, np.uint8) for jpeg in jpegs]
        self.decoded = [self.decode(at) for at in range(len(jpegs))]
        self.tensors = [self.resize(at) for at in range(len(jpegs))]

    def __len__(self) -> int:
        return len(self._raw)

    def decode(self, at: int) -> np.ndarray:
        """Decode one JPEG at the scale that the model needs."""
        return np.asarray(cv2.imdecode(self._raw[at], self._flag))

    def resize(self, at: int) -> np.ndarray:
        """Resize one decoded picture to the input of the model."""
        return cv2.resize(self.decoded[at], self._size)[np.newaxis]

    def prepare(self, at: int) -> np.ndarray:
        """Decode and resize one picture."""
        return cv2.resize(self.decode(at), self._size)[np.newaxis]


def floor(pictures: ModelPictures, compiled: ov.CompiledModel, seconds: float) -> Floor:
    """Measure decode, resize and infer separately."""
    request = compiled.create_infer_request()

    def infer(at: int) -> None:
        request.infer(pictures.tensors[at], share_inputs=True, share_outputs=True)

    on_decode, on_resize, on_infer = (seconds * share for share in _SHARES)
    return Floor(
        decode=_cost(on_decode, pictures.decode, len(pictures)),
        resize=_cost(on_resize, pictures.resize, len(pictures)),
        infer=_cost(on_infer, infer, len(pictures)),
    )


def in_process_loop(
    pictures: ModelPictures, compiled: ov.CompiledModel, seconds: float
) -> tuple[int, float, float]:
    """Decode while previous pictures are inferred, without anything else: the practical limit.

    Returns:
        Frames, core-seconds, seconds.
    """
    queue = ov.AsyncInferQueue(compiled)
    frames, cpu, began = 0, time.process_time(), time.monotonic()
    while time.monotonic() - began < seconds:
        queue.start_async(pictures.prepare(frames % len(pictures)))
        frames += 1
    queue.wait_all()
    return frames, time.process_time() - cpu, time.monotonic() - began


def _cost(seconds: float, work: Callable[[int], object], count: int) -> float:
    """CPU time of the process per call, over at least `seconds` and whole rounds of frames."""
    work(0)
    calls, cpu, began = 0, time.process_time(), time.monotonic()
    while time.monotonic() - began < seconds:
        for at in range(count):
            work(at)
        calls += count
    return (time.process_time() - cpu) / calls
