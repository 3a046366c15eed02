"""What every engine is to a worker: prepare, start, parse.

A worker prepares pictures in its threads, starts them from one thread, gets raw outputs back on a
thread of the engine, and parses them into detections where it likes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from apps.pipeline.messages import Detection
from apps.vision.image import Picture
from apps.vision.models.fit import InputPlacement

__all__ = ["Done", "Engine", "EngineInfo", "Outputs", "PreparedPicture"]

#: The tensors of one inference, in the order of the model's outputs, copied out of the engine.
Outputs = tuple[npt.NDArray[Any], ...]

#: Called once for each started picture, on a thread of the engine: its outputs, or what failed.
Done = Callable[[Outputs | Exception], None]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine runs, for labels and for whoever decodes for it.

    Attributes:
        model: name, as in `models/<name>/`.
        precision: what the device really computes in: `INT8`, `BF16`, `FP16`, `FP32`; `none` for
            engines that have no such thing.
        device: `CPU`, `GPU`, …; what runs, not what was asked for (`AUTO`).
        labels: class names that detections can carry.
        slots: pictures in flight at most.
        width: a picture need not be decoded larger than this, pixels; 0 for the original's size.
        height: the same.
        inside: the picture is fitted into width by height with its proportions kept, so it is
            enough if one of the two is reached (see `apps.vision.image.decode`).
        needs_pixels: False for an engine that never looks at the picture.
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
    """A picture as the engine takes it.

    Attributes:
        tensor: uint8 [1, height, width, 3], blue-green-red.
        placement: where in the tensor the picture lies.
        picture: the picture itself, for engines that look at it again.
    """

    tensor: npt.NDArray[np.uint8]
    placement: InputPlacement
    picture: Picture


class Engine(Protocol):
    """Runs one model (or a detector with an embedder behind it) on pictures."""

    @property
    def info(self) -> EngineInfo:
        """What this engine runs."""

    def prepare(self, picture: Picture) -> PreparedPicture:
        """Resize a picture for the model; may be called from several threads at once."""

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        """Start one picture; from one thread only.

        Returns at once while fewer than `info.slots` are in flight, else it waits for a free slot.
        """

    def parse(self, outputs: Outputs, prepared: PreparedPicture) -> tuple[Detection, ...]:
        """Detections in boxes of 0..1 of the original picture, best first."""

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        """Prepare, run and parse one picture, and wait for it; not while others are in flight."""

    def warm_up(self) -> None:
        """Run once on an empty picture, so that the first real one is not slow."""

    def close(self) -> None:
        """Wait for what is in flight and let everything go."""
