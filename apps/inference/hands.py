"""The hands of a worker: pictures on their way through decode, inference and parsing.

Decoding runs in threads, inference asynchronously in the engine, parsing on the engine's thread
while the next request is already running. Requests are started from one thread, the event loop's,
and never more than the engine has slots, so that starting never waits.
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

from apps.inference.meter import Stopwatch
from apps.pipeline.messages import Detection
from apps.runtime.errors import ElasticError
from apps.vision.image import MAX_PIXELS, Picture, decode, image_size
from apps.vision.models.engine import Engine, Outputs, Prepared

__all__ = ["GATHERED", "Hands", "Work"]

#: Places that may be free together before new work comes: while more waits than the hands hold, a
#: round trip to the queue carries that many frames.
GATHERED = 3

_NOTHING = np.zeros((1, 1, 3), np.uint8)


@dataclass(slots=True)
class Work:
    """One picture in hand.

    Attributes:
        data: JPEG or PNG.
        finish: called on the event loop when the work is over, well or not.
        still_wanted: asked just before inference; False ends the work with `unwanted`.
        unwanted: nobody wants the answer any more.
        error: what failed, if anything.
        detections: the answer.
        width: of the original picture, pixels.
        height: of the original picture, pixels.
        decode_seconds: JPEG to the engine's input.
        infer_seconds: started until answered.
        parse_seconds: tensors to detections.
        prepared: the engine's input, while it is needed.
        started: when the request was started, seconds of the performance counter.
    """

    data: bytes
    finish: Callable[[Work], None]
    still_wanted: Callable[[], bool]
    unwanted: bool = False
    error: Exception | None = None
    detections: tuple[Detection, ...] = ()
    width: int = 0
    height: int = 0
    decode_seconds: float = 0.0
    infer_seconds: float = 0.0
    parse_seconds: float = 0.0
    prepared: Prepared | None = field(default=None, repr=False)
    started: float = 0.0

    @property
    def seconds(self) -> float:
        """What it took of the worker's time."""
        return self.decode_seconds + self.infer_seconds + self.parse_seconds


class Hands:
    """Holds at most `capacity` pictures at once.

    Attributes:
        capacity: pictures in hand at most: enough to keep every slot and thread busy while the
            next ones are being fetched.
        slot_seconds: integrates the requests in flight.
        served: pictures that went through the engine.
    """

    def __init__(self, engine: Engine, *, threads: int, max_pixels: int = MAX_PIXELS) -> None:
        self._engine = engine
        self._max_pixels = max_pixels
        self._taken: SimpleQueue[Work | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._decode_on, name=f"decode-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()
        self._loop = asyncio.get_running_loop()
        self._ready: deque[Work] = deque()
        self._in_flight = 0
        self._in_hand = 0
        self.capacity = engine.info.slots + threads + GATHERED - 1
        self.slot_seconds = Stopwatch()
        self.served = 0

    @property
    def in_hand(self) -> int:
        """Pictures in hand now."""
        return self._in_hand

    @property
    def free(self) -> int:
        """Pictures that may be taken now."""
        return self.capacity - self._in_hand

    def take(self, work: Work) -> None:
        """Begin to work on a picture."""
        self._in_hand += 1
        self._taken.put(work)

    def close(self) -> None:
        """Let the threads go; nothing may be in hand."""
        for _ in self._threads:
            self._taken.put(None)
        for thread in self._threads:
            thread.join()
        self._engine.close()

    def _decode_on(self) -> None:
        """A decode thread: a plain queue, because an executor's futures cost more than it does."""
        while (work := self._taken.get()) is not None:
            self._prepare(work)

    def _prepare(self, work: Work) -> None:
        """On a decode thread: bytes to the engine's input."""
        began = time.perf_counter()
        try:
            picture = self._decode(work.data)
            work.width, work.height = picture.original_width, picture.original_height
            work.prepared = self._engine.prepare(picture)
        except ElasticError as error:
            work.error = error
        except Exception as error:  # noqa: BLE001 - one picture must never stop a worker
            work.error = error
        work.decode_seconds = time.perf_counter() - began
        if work.error is not None:
            self._loop.call_soon_threadsafe(self._finish, work)
            return
        self._ready.append(work)
        # with all slots taken the loop need not wake: it looks here whenever a slot gets free, and
        # it frees the slot before it looks, as we append before we do
        if self._in_flight < self._engine.info.slots:
            self._loop.call_soon_threadsafe(self._start_ready)

    def _decode(self, data: bytes) -> Picture:
        info = self._engine.info
        if info.needs_pixels:
            return decode(
                data, width=info.width, height=info.height, inside=info.inside,
                max_pixels=self._max_pixels,
            )  # fmt: skip
        width, height = image_size(data)
        return Picture(_NOTHING, width, height)

    def _start_ready(self) -> None:
        while self._ready and self._in_flight < self._engine.info.slots:
            work = self._ready.popleft()
            if not work.still_wanted():
                work.unwanted = True
                self._finish(work)
                continue
            self._in_flight += 1
            self.slot_seconds.set(self._in_flight)
            work.started = time.perf_counter()
            assert work.prepared is not None  # noqa: S101 - it is ready
            try:
                self._engine.start(work.prepared, partial(self._answered, work))
            except Exception as error:  # noqa: BLE001 - one picture must never stop a worker
                work.error = error
                self._in_flight -= 1
                self.slot_seconds.set(self._in_flight)
                self._finish(work)

    def _answered(self, work: Work, answer: Outputs | Exception) -> None:
        """On a thread of the engine: tensors to detections."""
        answered = time.perf_counter()
        work.infer_seconds = answered - work.started
        if isinstance(answer, Exception):
            work.error = answer
        else:
            assert work.prepared is not None  # noqa: S101 - it was started
            try:
                work.detections = self._engine.parse(answer, work.prepared)
            except Exception as error:  # noqa: BLE001 - one picture must never stop a worker
                work.error = error
        work.parse_seconds = time.perf_counter() - answered
        self._loop.call_soon_threadsafe(self._over, work)

    def _over(self, work: Work) -> None:
        self._in_flight -= 1
        self.slot_seconds.set(self._in_flight)
        self.served += 1
        self._start_ready()
        self._finish(work)

    def _finish(self, work: Work) -> None:
        self._in_hand -= 1
        work.prepared = None
        work.finish(work)
