"""Carries frames from a source to the live queue of one task: a mailbox for one frame, and a task.

The capture thread puts frames into the mailbox and the newest wins; each replaced frame is counted
with the reason for the delay. The task pushes one frame at a time. It repeats the same frame until
it knows that the frame arrived, so no frame is pushed twice and none is lost uncounted. At most two
frames are held, however long Redis is unreachable.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from apps.pipeline.live_queue.frame_queue import PushAnswer, Pushed
from apps.pipeline.messages import Frame
from apps.runtime import backoff, cancellation
from apps.runtime.connection import UNREACHABLE
from apps.runtime.monotonic import monotonic_us
from apps.streams.source_counters import SourceCounters, SourceDrop
from apps.vision.video.picture import CapturedPicture

__all__ = ["Feed"]

log = logging.getLogger(__name__)

#: A push that takes longer than this counts as Redis not answering.
_SLOW_PUSH_US = 500_000
#: Seconds between two tries of a frame that a full queue refused.
_FULL_SECONDS = 0.02

#: Delays between two tries while Redis does not answer.
_RETRIES = partial(backoff.delays, longest=1.0)

_REFUSALS = {
    PushAnswer.TOO_LARGE: SourceDrop.TOO_LARGE,
    PushAnswer.CONFLICT: SourceDrop.CONFLICT,
    PushAnswer.REPEAT: SourceDrop.CONFLICT,  # only another source of this name can be ahead
}


class Feed:
    """Pushes the frames of one stream to the queue of one task."""

    def __init__(
        self,
        name: str,
        task: str,
        push: Callable[[Frame], Awaitable[Pushed]],
        counters: SourceCounters,
        *,
        delays: Callable[[], Iterator[float]] = _RETRIES,
    ) -> None:
        """Create it in the event loop that will run it.

        `push` pushes a frame to the queue of the task; `delays` gives the seconds between two tries
        while Redis does not answer.
        """
        self.task = task
        self.counters = counters
        self.conflict = False
        self.error = ""
        self._name = name
        self._push = push
        self._delays = delays
        self._loop = asyncio.get_running_loop()
        self._filled = asyncio.Event()
        self._space = threading.Condition()
        self._slot: tuple[int, CapturedPicture] | None = None
        self._closed = False
        self._pushing = False
        self._pushing_since = 0
        self._reachable = False
        self._full = False

    def put(self, sequence: int, picture: CapturedPicture) -> None:
        """Put a frame into the mailbox; called from the capture thread, never blocks."""
        with self._space:
            if self._closed:
                return
            self.counters.capture()
            if self._slot is not None:
                self.counters.drop(self._delay_reason())
            self._slot = (sequence, picture)
            self._loop.call_soon_threadsafe(self._filled.set)

    def drop(self, reason: SourceDrop) -> None:
        """Count a frame that was dropped before the mailbox."""
        with self._space:
            if not self._closed:
                self.counters.capture()
                self.counters.drop(reason)

    def has_space(self, seconds: float) -> bool:
        """Wait at most that long for an empty mailbox; called from the capture thread."""
        with self._space:
            return self._space.wait_for(lambda: self._slot is None or self._closed, seconds)

    async def run(self, epoch: int, redis_time: Callable[[int], int]) -> None:
        """Push frames until the mailbox is closed and empty.

        `epoch` is in microseconds of Redis' clock; `redis_time` converts the monotonic clock to it.
        """
        self._reachable = True
        self._drop_interrupted()
        while (item := await self._next()) is not None:
            sequence, picture = item
            frame = Frame(
                name=self._name,
                category=self.task,
                data=picture.jpeg,
                sequence=sequence,
                epoch=epoch,
                captured_at=redis_time(picture.captured_monotonic_us),
            )
            self._count(await self._push_until_answered(frame))

    def close(self) -> None:
        """Accept no more frames."""
        with self._space:
            self._closed = True
            self._space.notify_all()
        self._filled.set()

    def drop_pending(self) -> None:
        """Count the frames that are still held as stopped; call it after `run` was cancelled."""
        self._drop_interrupted()
        with self._space:
            if self._slot is not None:
                self._slot = None
                self.counters.drop(SourceDrop.STOPPED)

    async def _next(self) -> tuple[int, CapturedPicture] | None:
        while True:
            with self._space:
                self._filled.clear()
                item, self._slot = self._slot, None
                self._pushing = item is not None
                if item is not None or self._closed:
                    self._space.notify_all()
                    return item
            await self._filled.wait()

    async def _push_until_answered(self, frame: Frame) -> PushAnswer:
        delays = self._delays()
        self._pushing_since = monotonic_us()
        while True:
            cancellation.heed()
            try:
                answer = (await self._push(frame)).answer
            except UNREACHABLE as error:
                self._failed(f"{type(error).__name__}: {error}")
                await asyncio.sleep(next(delays))
                continue
            self._succeeded()
            if answer is not PushAnswer.FULL:
                self._full = False
                return answer
            self._full = True
            await asyncio.sleep(_FULL_SECONDS)

    def _drop_interrupted(self) -> None:
        """Count the frame that an interrupted `run` was pushing; whether it arrived is unknown."""
        with self._space:
            if self._pushing:
                self._pushing = False
                self.counters.drop(SourceDrop.STOPPED)

    def _count(self, answer: PushAnswer) -> None:
        self._pushing_since = 0
        self.conflict = answer in {PushAnswer.CONFLICT, PushAnswer.REPEAT}
        with self._space:
            self._pushing = False
            if answer in _REFUSALS:
                self.counters.drop(_REFUSALS[answer])
            else:
                self.counters.push()

    def _delay_reason(self) -> SourceDrop:
        """Why the frame in the mailbox was not pushed in time."""
        slow = self._pushing_since and monotonic_us() - self._pushing_since > _SLOW_PUSH_US
        if self._full and self._reachable:
            return SourceDrop.FULL
        return SourceDrop.UNREACHABLE if slow or not self._reachable else SourceDrop.BEHIND

    def _failed(self, reason: str) -> None:
        if self._reachable:
            log.warning("%s: cannot push to queue_%s: %s", self._name, self.task, reason)
        self._reachable = False
        self.error = f"Frames cannot be pushed to Redis: {reason}"

    def _succeeded(self) -> None:
        if not self._reachable:
            log.info("%s: pushing to queue_%s again", self._name, self.task)
        self._reachable = True
        self.error = ""
