"""A stub engine that only takes time, to measure everything except inference.

It ignores the picture and spends a fixed time on it, so that load and elasticity can be tested with
a known capacity: `slots / seconds` pictures per second.
"""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np

from apps.pipeline.messages import Detection
from apps.runtime.errors import ModelError
from apps.vision.image import Picture
from apps.vision.models.engine import Done, EngineInfo, Outputs, PreparedPicture
from apps.vision.models.fit import InputPlacement

__all__ = ["StubEngine", "StubSpec"]

_SPEC = re.compile(r"stub(?::(?P<fields>.*))?\Z")
_EMPTY_TENSOR = np.zeros((1, 1, 1, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class StubSpec:
    """Capacity of a stub.

    Attributes:
        slots: number of pictures at once, 1 to 1000.
        milliseconds: time per picture, 0 to 60000.
    """

    slots: int = 1
    milliseconds: float = 50.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `stub`, `stub:ms=20` or `stub:slots=2,ms=50`.

        Raises:
            ModelError: the text has another form, or a number is out of range.
        """
        match = _SPEC.match(text)
        parts = (match["fields"] or "").split(",") if match else ["invalid"]
        try:
            fields = [part.partition("=") for part in parts if part]
            values = {name: float(value) for name, _, value in fields}
        except ValueError:
            values = {"": 0.0}
        slots, milliseconds = values.pop("slots", 1.0), values.pop("ms", 50.0)
        if values or not (1 <= slots <= 1000 and slots.is_integer() and 0 <= milliseconds <= 60e3):
            raise ModelError(f"{text!r} is not a stub: write, for example, stub:slots=2,ms=50")
        return cls(int(slots), milliseconds)


class StubEngine:
    """Takes a fixed time per picture and detects nothing."""

    def __init__(self, spec: StubSpec) -> None:
        self._seconds = spec.milliseconds / 1000
        self._free = threading.Semaphore(spec.slots)
        self._threads = ThreadPoolExecutor(spec.slots, thread_name_prefix="stub")
        self.info = EngineInfo(
            model="stub", precision="none", device="STUB", labels=(), slots=spec.slots,
            width=0, height=0, needs_pixels=False,
        )  # fmt: skip

    def prepare(self, picture: Picture) -> PreparedPicture:
        """Return an empty tensor."""
        return PreparedPicture(_EMPTY_TENSOR, InputPlacement(0, 0, 1, 1), picture)

    def start(self, prepared: PreparedPicture, done: Done) -> None:  # noqa: ARG002 - ignored
        """Start one picture; waits for a free slot."""
        self._free.acquire()
        self._threads.submit(self._spend, done)

    def parse(
        self,
        outputs: Outputs,  # noqa: ARG002 - empty
        prepared: PreparedPicture,  # noqa: ARG002 - ignored
    ) -> tuple[Detection, ...]:
        """Return no detections."""
        return ()

    def infer(self, picture: Picture) -> tuple[Detection, ...]:  # noqa: ARG002 - ignored
        """Sleep for the time of one picture."""
        time.sleep(self._seconds)
        return ()

    def warm_up(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Wait for running pictures."""
        self._threads.shutdown()

    def _spend(self, done: Done) -> None:
        time.sleep(self._seconds)
        self._free.release()
        done(())
