"""Inference slots: a bounded number of pictures in decode, inference and parsing.

Decoding runs in threads, inference runs asynchronously in the engine, and parsing runs on the
engine's thread while the next request is already running. All requests start on one thread, the
event loop's, and never more than the engine has slots, so that starting a request never blocks.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from threading import Thread

import numpy as np

from apps.inference.meter import LevelIntegral
from apps.pipeline.messages import Detection
from apps.vision.image import MAX_PIXELS, Picture, decode, image_size
from apps.vision.models.engine import Engine, Outputs, PreparedPicture

__all__ = ["REFILL_COUNT", "InferenceAnswer", "InferenceRequest", "InferenceSlots"]

#: Free places that are refilled together: while the queue holds more work than there are free
#: places, one round trip to the queue fetches this many frames.
REFILL_COUNT = 3

_EMPTY_PIXELS = np.zeros((1, 1, 3), np.uint8)


@dataclass(slots=True)
class InferenceAnswer:
    """The outcome of one request.

    Attributes:
        expired: the picture was not inferred, because `still_wanted` returned False.
        error: the exception that stopped the request, if any.
        detections: boxes in 0..1 of the original picture, best first.
        width: of the original picture, pixels.
        height: of the original picture, pixels.
        decode_seconds: from encoded bytes to the engine's input.
        infer_seconds: from the start of the request to its outputs.
        parse_seconds: from outputs to detections.
    """

    expired: bool = False
    error: Exception | None = None
    detections: tuple[Detection, ...] = ()
    width: int = 0
    height: int = 0
    decode_seconds: float = 0.0
    infer_seconds: float = 0.0
    parse_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        """Total processing time, seconds."""
        return self.decode_seconds + self.infer_seconds + self.parse_seconds


@dataclass(frozen=True, slots=True)
class InferenceRequest:
    """One picture to infer.

    Attributes:
        data: JPEG or PNG.
        finish: called once with the answer, on the event loop.
        still_wanted: called just before inference; False skips it.
    """

    data: bytes
    finish: Callable[[InferenceAnswer], None]
    still_wanted: Callable[[], bool]


@dataclass(slots=True)
class _Scratch:
    """A request in progress; its fields are filled step by step."""

    request: InferenceRequest
    answer: InferenceAnswer = field(default_factory=InferenceAnswer)
    prepared: PreparedPicture | None = field(default=None, repr=False)
    started: float = 0.0


class InferenceSlots:
    """Processes at most `capacity` pictures at once.

    Attributes:
        in_progress: number of pictures in progress.
        capacity: its maximum: enough to keep every slot and decode
            thread busy while the next frames are fetched.
        slot_seconds: time integral of the number of running requests.
        served: pictures that went through the engine.
    """

    def __init__(self, engine: Engine, *, threads: int, max_pixels: int = MAX_PIXELS) -> None:
        self._engine = engine
        self._max_pixels = max_pixels
        self._submitted: SimpleQueue[_Scratch | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._decode_loop, name=f"decode-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()
        self._loop = asyncio.get_running_loop()
        self._ready: deque[_Scratch] = deque()
        self._running = 0
        self.in_progress = 0
        self.capacity = engine.info.slots + threads + REFILL_COUNT - 1
        self.slot_seconds = LevelIntegral()
        self.served = 0

    @property
    def free(self) -> int:
        """Number of pictures that `submit` accepts now."""
        return self.capacity - self.in_progress

    def submit(self, request: InferenceRequest) -> None:
        """Start processing a picture; the caller keeps to `free`."""
        self.in_progress += 1
        self._submitted.put(_Scratch(request))

    def close(self) -> None:
        """Stop the threads and close the engine; no picture may be in progress."""
        for _ in self._threads:
            self._submitted.put(None)
        for thread in self._threads:
            thread.join()
        self._engine.close()

    def _decode_loop(self) -> None:
        """Run on a decode thread. An executor's futures cost more than this plain queue."""
        while (scratch := self._submitted.get()) is not None:
            self._prepare(scratch)

    def _prepare(self, scratch: _Scratch) -> None:
        """On a decode thread: turn bytes into the engine's input."""
        answer = scratch.answer
        began = time.perf_counter()
        try:
            picture = self._decode(scratch.request.data)
            answer.width, answer.height = picture.original_width, picture.original_height
            scratch.prepared = self._engine.prepare(picture)
        except Exception as error:  # noqa: BLE001 - one picture must never stop a worker
            answer.error = error
        answer.decode_seconds = time.perf_counter() - began
        if answer.error is not None:
            self._loop.call_soon_threadsafe(self._finish, scratch)
            return
        self._ready.append(scratch)
        # While all slots are busy the event loop need not wake: it looks at the ready pictures
        # whenever a slot becomes free. It frees the slot before it looks, and this thread appends
        # before it looks, so one of the two starts the picture.
        if self._running < self._engine.info.slots:
            self._loop.call_soon_threadsafe(self._start_ready)

    def _decode(self, data: bytes) -> Picture:
        info = self._engine.info
        if info.needs_pixels:
            return decode(
                data, width=info.width, height=info.height, inside=info.inside,
                max_pixels=self._max_pixels,
            )  # fmt: skip
        width, height = image_size(data)
        return Picture(_EMPTY_PIXELS, width, height)

    def _start_ready(self) -> None:
        while self._ready and self._running < self._engine.info.slots:
            scratch = self._ready.popleft()
            if not scratch.request.still_wanted():
                scratch.answer.expired = True
                self._finish(scratch)
                continue
            self._running += 1
            self.slot_seconds.set(self._running)
            scratch.started = time.perf_counter()
            assert scratch.prepared is not None  # noqa: S101 - `_prepare` has set it
            try:
                self._engine.start(scratch.prepared, partial(self._parse, scratch))
            except Exception as error:  # noqa: BLE001 - one picture must never stop a worker
                scratch.answer.error = error
                self._running -= 1
                self.slot_seconds.set(self._running)
                self._finish(scratch)

    def _parse(self, scratch: _Scratch, outputs: Outputs | Exception) -> None:
        """On a thread of the engine: turn outputs into detections."""
        answer = scratch.answer
        inferred = time.perf_counter()
        answer.infer_seconds = inferred - scratch.started
        if isinstance(outputs, Exception):
            answer.error = outputs
        else:
            assert scratch.prepared is not None  # noqa: S101 - `_prepare` has set it
            try:
                answer.detections = self._engine.parse(outputs, scratch.prepared)
            except Exception as error:  # noqa: BLE001 - one picture must never stop a worker
                answer.error = error
        answer.parse_seconds = time.perf_counter() - inferred
        self._loop.call_soon_threadsafe(self._complete, scratch)

    def _complete(self, scratch: _Scratch) -> None:
        self._running -= 1
        self.slot_seconds.set(self._running)
        self.served += 1
        self._start_ready()
        self._finish(scratch)

    def _finish(self, scratch: _Scratch) -> None:
        self.in_progress -= 1
        scratch.prepared = None
        scratch.request.finish(scratch.answer)
