"""From a source to the live queue of one task: a mailbox of one, and a task that empties it.

The capture thread puts pictures in and the newest wins; whatever is replaced is counted with the
reason of the delay. The task pushes one frame at a time and repeats the same frame while it is
unknown whether it arrived, so that nothing is pushed twice and nothing is forgotten. At most two
pictures are held, however long Redis is away.
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
from apps.streams.books import Books, SourceDrop
from apps.vision.video.picture import CapturedPicture

__all__ = ["Feed"]

log = logging.getLogger(__name__)

#: A push that takes longer than this means that Redis does not answer.
_SLOW_PUSH_US = 500_000
#: Seconds between two tries of a frame that a full queue would not take.
_FULL_SECONDS = 0.02

#: Seconds between two tries while Redis does not answer.
_RETRIES = partial(backoff.delays, longest=1.0)

_REFUSALS = {
    PushAnswer.TOO_LARGE: SourceDrop.TOO_LARGE,
    PushAnswer.CONFLICT: SourceDrop.CONFLICT,
    PushAnswer.REPEAT: SourceDrop.CONFLICT,  # only another source of this name can be ahead of us
}


class Feed:
    """One stream's way into one queue."""

    def __init__(
        self,
        name: str,
        task: str,
        push: Callable[[Frame], Awaitable[Pushed]],
        books: Books,
        *,
        waits: Callable[[], Iterator[float]] = _RETRIES,
    ) -> None:
        """Make it in the event loop that will run it.

        Args:
            name: stream name.
            task: task name.
            push: pushes a frame to the queue of the task.
            books: of this stream.
            waits: seconds between two tries while Redis does not answer.
        """
        self.task = task
        self.books = books
        self.conflict = False
        self.error = ""
        self._name = name
        self._push = push
        self._waits = waits
        self._loop = asyncio.get_running_loop()
        self._filled = asyncio.Event()
        self._room = threading.Condition()
        self._slot: tuple[int, CapturedPicture] | None = None
        self._closed = False
        self._in_hand = False
        self._pushing_since = 0
        self._reachable = False
        self._full = False

    def put(self, sequence: int, picture: CapturedPicture) -> None:
        """Leave a picture in the mailbox; called from the capture thread, returns at once."""
        with self._room:
            if self._closed:
                return
            self.books.capture()
            if self._slot is not None:
                self.books.drop(self._delay())
            self._slot = (sequence, picture)
            self._loop.call_soon_threadsafe(self._filled.set)

    def drop(self, reason: SourceDrop) -> None:
        """Count a picture that came and was dropped before the mailbox."""
        with self._room:
            if not self._closed:
                self.books.capture()
                self.books.drop(reason)

    def has_room(self, seconds: float) -> bool:
        """Wait at most that long for an empty mailbox; called from the capture thread."""
        with self._room:
            return self._room.wait_for(lambda: self._slot is None or self._closed, seconds)

    async def run(self, epoch: int, redis_time: Callable[[int], int]) -> None:
        """Push what comes, until the mailbox is closed and empty.

        Args:
            epoch: of the stream, microseconds of Redis' clock.
            redis_time: microseconds of Redis' clock at a moment of the monotonic clock.
        """
        self._reachable = True
        self._lose_hand()
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
            self._book(await self._settled(frame))

    def close(self) -> None:
        """Take no more pictures."""
        with self._room:
            self._closed = True
            self._room.notify_all()
        self._filled.set()

    def give_up(self) -> None:
        """Count what is still held as stopped; after `run` was cancelled."""
        self._lose_hand()
        with self._room:
            if self._slot is not None:
                self._slot = None
                self.books.drop(SourceDrop.STOPPED)

    async def _next(self) -> tuple[int, CapturedPicture] | None:
        while True:
            with self._room:
                self._filled.clear()
                item, self._slot = self._slot, None
                self._in_hand = item is not None
                if item is not None or self._closed:
                    self._room.notify_all()
                    return item
            await self._filled.wait()

    async def _settled(self, frame: Frame) -> PushAnswer:
        """Push the frame as often as it takes until there is an answer."""
        waits = self._waits()
        self._pushing_since = monotonic_us()
        while True:
            cancellation.heed()
            try:
                answer = (await self._push(frame)).answer
            except UNREACHABLE as error:
                self._troubled(f"{type(error).__name__}: {error}")
                await asyncio.sleep(next(waits))
                continue
            self._untroubled()
            if answer is not PushAnswer.FULL:
                self._full = False
                return answer
            self._full = True
            await asyncio.sleep(_FULL_SECONDS)

    def _lose_hand(self) -> None:
        """Count what an interrupted `run` was pushing; whether it arrived is not known."""
        with self._room:
            if self._in_hand:
                self._in_hand = False
                self.books.drop(SourceDrop.STOPPED)

    def _book(self, answer: PushAnswer) -> None:
        self._pushing_since = 0
        self.conflict = answer in {PushAnswer.CONFLICT, PushAnswer.REPEAT}
        with self._room:
            self._in_hand = False
            if answer in _REFUSALS:
                self.books.drop(_REFUSALS[answer])
            else:
                self.books.push()

    def _delay(self) -> SourceDrop:
        """Why the picture in the mailbox was not fetched in time."""
        slow = self._pushing_since and monotonic_us() - self._pushing_since > _SLOW_PUSH_US
        if self._full and self._reachable:
            return SourceDrop.FULL
        return SourceDrop.UNREACHABLE if slow or not self._reachable else SourceDrop.BEHIND

    def _troubled(self, reason: str) -> None:
        if self._reachable:
            log.warning("%s: cannot push to queue_%s: %s", self._name, self.task, reason)
        self._reachable = False
        self.error = f"frames cannot be pushed: {reason}"

    def _untroubled(self) -> None:
        if not self._reachable:
            log.info("%s: pushing to queue_%s again", self._name, self.task)
        self._reachable = True
        self.error = ""
