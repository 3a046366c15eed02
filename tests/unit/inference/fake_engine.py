"""A fake engine: the test gives the answers."""

# ruff: noqa: ARG002 - a fake ignores some arguments
from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from apps.pipeline.messages import Detection
from apps.vision.image import Picture
from apps.vision.models.engine import Done, EngineInfo, Outputs, PreparedPicture
from apps.vision.models.fit import InputPlacement

__all__ = ["FOUND", "FakeEngine"]

FOUND = Detection(label="face", score=0.9, box=(0.1, 0.2, 0.3, 0.4))

_INFO = EngineInfo(
    model="fake", precision="FP32", device="CPU", labels=("face",), slots=2, width=0, height=0,
    needs_pixels=False,
)  # fmt: skip
_TENSOR = np.zeros((1, 1, 1, 3), np.uint8)


class FakeEngine:
    """Records its pictures and fails on request.

    Attributes:
        started: sizes of the started pictures, in order.
        waiting: running requests, oldest first.
        most: maximum number of running requests.
        prepare_error: raised by `prepare`.
        start_error: raised by `start`.
        parse_error: raised by `parse`.
        closed: whether `close` was called.
    """

    def __init__(self, *, slots: int = 2, needs_pixels: bool = False, device: str = "CPU") -> None:
        self.info = replace(_INFO, slots=slots, needs_pixels=needs_pixels, device=device)
        self.started: list[tuple[int, int]] = []
        self.waiting: deque[tuple[PreparedPicture, Done]] = deque()
        self.most = 0
        self.prepare_error: Exception | None = None
        self.start_error: Exception | None = None
        self.parse_error: Exception | None = None
        self.closed = False

    def prepare(self, picture: Picture) -> PreparedPicture:
        if self.prepare_error is not None:
            raise self.prepare_error
        return PreparedPicture(_TENSOR, InputPlacement(0, 0, 1, 1), picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:
        if self.start_error is not None:
            raise self.start_error
        picture = prepared.picture
        self.started.append((picture.original_width, picture.original_height))
        self.waiting.append((prepared, done))
        self.most = max(self.most, len(self.waiting))

    def parse(self, outputs: Outputs, prepared: PreparedPicture) -> tuple[Detection, ...]:
        if self.parse_error is not None:
            raise self.parse_error
        return (FOUND,)

    def infer(self, picture: Picture) -> tuple[Detection, ...]:
        return (FOUND,)

    def warm_up(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        self.closed = True

    def answer(self, error: Exception | None = None) -> None:
        """Answer the oldest running request."""
        _, done = self.waiting.popleft()
        done(() if error is None else error)
