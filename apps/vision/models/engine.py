"""The protocol of engines: prepare, start, parse.

A worker prepares pictures in its own threads and starts them on one thread. The engine returns raw
outputs on one of its threads, and any thread may parse them into detections.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from apps.runtime.errors import ModelError

if TYPE_CHECKING:
    from apps.pipeline.messages import Detection
    from apps.vision.image import Picture
    from apps.vision.models.fit import InputPlacement

__all__ = ["Done", "Engine", "EngineInfo", "Outputs", "PreparedPicture", "wait_for_outputs"]

#: Output tensors of one inference in the order of the model, copied from the engine.
Outputs = tuple[npt.NDArray[Any], ...]

#: Called once per started picture on a thread of the engine, with outputs or an error.
Done = Callable[[Outputs | Exception], None]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Properties of an engine, for metric labels and for decoding.

    Attributes:
        model: name, as in `models/<name>/`.
        precision: actual precision of the device: `INT8`, `BF16`, `FP16`, `FP32`; `none` for an
            engine without a network.
        device: actual device (`CPU`, `GPU`, …), never `AUTO`.
        labels: class names of the detections.
        slots: maximum number of running pictures.
        width: sufficient width of a decoded picture, pixels; 0 for the original size.
        height: sufficient height of a decoded picture, pixels; 0 for the original size.
        inside: the picture is fitted into width by height with its aspect ratio kept, so one of
            the two is enough (see `apps.vision.image.decode`).
        needs_pixels: False for an engine that ignores the pixels.
    """

    model: str
    precision: str
    device: str
    labels: tuple[str, ...]
    slots: int
    width: int
    height: int
    inside: bool = False
    needs_pixels: bool = True


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """A picture prepared for the engine.

    Attributes:
        tensor: uint8 [1, height, width, 3], blue-green-red.
        placement: position of the picture in the tensor.
        picture: the decoded picture, for engines that need it again.
    """

    tensor: npt.NDArray[np.uint8]
    placement: InputPlacement
    picture: Picture


class Engine(Protocol):
    """Runs a model, or a detector followed by an embedder, on pictures."""

    @property
    def info(self) -> EngineInfo:
        """Properties of this engine."""

    def prepare(self, picture: Picture) -> PreparedPicture:
        """Resize a picture for the model; may be called from several threads at once."""

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        """Start one picture; from one thread only.

        Returns at once while fewer than `info.slots` pictures run; otherwise waits for a slot.
        """

    def parse(self, outputs: Outputs, prepared: PreparedPicture) -> tuple[Detection, ...]:
        """Detections in boxes of 0..1 of the original picture, best first."""

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        """Prepare, run and parse one picture and wait for it; no other picture may run."""

    def warm_up(self) -> None:
        """Run once on an empty picture, so that the first real picture is not slow."""

    def close(self) -> None:
        """Wait for running pictures and release resources."""


def wait_for_outputs(start: Callable[[Done], None]) -> Outputs:
    """Start one picture and wait for its outputs.

    Raises:
        ModelError: inference failed on the device.
    """
    answers: SimpleQueue[Outputs | Exception] = SimpleQueue()
    start(answers.put)
    answer = answers.get()
    if isinstance(answer, Exception):
        raise ModelError(str(answer)) from answer
    return answer
