"""An engine whose answers the test gives, when it likes."""

# ruff: noqa: ARG002 - a fake looks at nothing
from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from apps.pipeline.messages import Detection
from apps.vision.image import Picture
from apps.vision.models.engine import Done, EngineInfo, Outputs, Prepared
from apps.vision.models.fit import Placement

__all__ = ["FOUND", "FakeEngine"]

FOUND = Detection(label="face", score=0.9, box=(0.1, 0.2, 0.3, 0.4))

_INFO = EngineInfo(
    model="fake", precision="FP32", device="CPU", labels=("face",), slots=2, width=0, height=0,
    needs_pixels=False,
)  # fmt: skip
_TENSOR = np.zeros((1, 1, 1, 3), np.uint8)


class FakeEngine:
    """Remembers what it was asked, fails where it was told to.

    Attributes:
        started: sizes of the pictures that were started, in order.
        waiting: pictures in flight, oldest first.
        most: pictures that were in flight at once.
        prepare_error: raised for every picture while it is prepared.
        start_error: raised when a picture is started.
        parse_error: raised when an answer is parsed.
        closed: whether it was closed.
    """

    def __init__(self, *, slots: int = 2, needs_pixels: bool = False, device: str = "CPU") -> None:
        self.info = replace(_INFO, slots=slots, needs_pixels=needs_pixels, device=device)
        self.started: list[tuple[int, int]] = []
        self.waiting: deque[tuple[Prepared, Done]] = deque()
        self.most = 0
        self.prepare_error: Exception | None = None
        self.start_error: Exception | None = None
        self.parse_error: Exception | None = None
        self.closed = False

    def prepare(self, picture: Picture) -> Prepared:
        if self.prepare_error is not None:
            raise self.prepare_error
        return Prepared(_TENSOR, Placement(0, 0, 1, 1), picture)

    def start(self, prepared: Prepared, done: Done) -> None:
        if self.start_error is not None:
            raise self.start_error
        picture = prepared.picture
        self.started.append((picture.original_width, picture.original_height))
        self.waiting.append((prepared, done))
        self.most = max(self.most, len(self.waiting))

    def parse(self, outputs: Outputs, prepared: Prepared) -> tuple[Detection, ...]:
        if self.parse_error is not None:
            raise self.parse_error
        return (FOUND,)

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        return (FOUND,)

    def warm_up(self) -> None:
        """Warm already."""

    def close(self) -> None:
        self.closed = True

    def answer(self, error: Exception | None = None) -> None:
        """Answer the oldest picture in flight."""
        _, done = self.waiting.popleft()
        done(() if error is None else error)
