"""Answers trials: takes one picture of an address before it becomes a stream."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from apps.pipeline.registry import trials
from apps.pipeline.registry.control import TrialAnswer, TrialAsked
from apps.runtime import backoff, cancellation
from apps.runtime.clock import RedisClock
from apps.runtime.connection import UNREACHABLE
from apps.runtime.errors import ElasticError
from apps.runtime.monotonic import monotonic_us
from apps.streams.capture.capture import Capture
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.source import Source
from apps.streams.source_counters import SourceDrop
from apps.vision.video.picture import CapturedPicture, PictureForm

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["WAIT_SECONDS", "FirstPictureReceiver", "TrialResponder", "first_picture"]

log = logging.getLogger(__name__)

#: Longest time that Redis delays its answer while no trial is waiting, seconds.
WAIT_SECONDS = 1.0
#: Trials that are answered at the same time.
_CONCURRENT = 4


class FirstPictureReceiver:
    """A `Receiver` that keeps the first picture."""

    def __init__(self, notify: Callable[[], None]) -> None:
        self.picture: CapturedPicture | None = None
        self._notify = notify

    def take(self, picture: CapturedPicture) -> None:
        """See `Receiver`."""
        if self.picture is None:
            self.picture = picture
            self._notify()

    def drop(self, reason: SourceDrop) -> None:
        """See `Receiver`."""

    def wait_for_space(self, stop: StopSignal) -> None:
        """See `Receiver`."""


async def first_picture(source: Source, form: PictureForm, seconds: float) -> TrialAnswer:
    """Open the source, take one picture and close it; on failure the answer has the reason."""
    loop = asyncio.get_running_loop()
    notified = asyncio.Event()

    def notify() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process is exiting
            loop.call_soon_threadsafe(notified.set)

    started = monotonic_us()
    receiver = FirstPictureReceiver(notify)
    capture = Capture(source, receiver, form=form, fps=0.0, notify=notify)
    capture.start()
    try:
        async with asyncio.timeout(seconds):
            await notified.wait()
    except TimeoutError:
        return TrialAnswer(error=capture.status.error or f"No picture within {seconds:.0f} s")
    finally:
        capture.stop()
    found = receiver.picture
    if found is None:
        return TrialAnswer(error=capture.status.error or "The source ended without a picture")
    opened_ms = (monotonic_us() - started) / 1000
    return TrialAnswer(jpeg=found.jpeg, opened_ms=opened_ms, width=found.width, height=found.height)


class TrialResponder:
    """Answers trials, a few at the same time."""

    def __init__(
        self,
        redis: Redis,
        clock: RedisClock,
        source_of: Callable[[TrialAsked], Source],
        form: PictureForm,
    ) -> None:
        """Create it.

        `redis` is a client that nothing else uses and that waits for answers longer than
        `WAIT_SECONDS`. `source_of` makes the source of a trial; it may raise `ElasticError`.
        """
        self._redis = redis
        self._clock = clock
        self._source_of = source_of
        self._form = form

    async def run(self) -> None:
        """Answer trials until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_CONCURRENT):
                group.create_task(self._serve())

    async def answer(self, asked: TrialAsked) -> TrialAnswer:
        """One picture, or the reason why there is none."""
        seconds = (asked.until - self._clock.now()) / 1e6
        try:
            return await first_picture(self._source_of(asked), self._form, seconds)
        except ElasticError as error:
            return TrialAnswer(error=str(error))

    async def _serve(self) -> None:
        delays = backoff.delays()
        while True:
            cancellation.heed()
            try:
                asked = await trials.take(self._redis, now=self._clock.now(), seconds=WAIT_SECONDS)
                if asked is not None:
                    await trials.answer(self._redis, asked.id, await self.answer(asked))
            except UNREACHABLE as error:
                log.debug("trials: %s", error)  # the heartbeat reports it
                await asyncio.sleep(next(delays))
            else:
                delays = backoff.delays()
