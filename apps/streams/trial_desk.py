"""Answers those who want one picture of an address before it becomes a stream."""

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
from apps.streams.books import SourceDrop
from apps.streams.capture import Capture
from apps.streams.source import Source
from apps.streams.stop_sign import StopSign
from apps.vision.video.picture import CapturedPicture, PictureForm

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["FirstPicture", "TrialDesk", "first_picture"]

log = logging.getLogger(__name__)

_WAIT_SECONDS = 1.0
_AT_ONCE = 4


class FirstPicture:
    """A `Receiver` that keeps the first picture."""

    def __init__(self, news: Callable[[], None]) -> None:
        self.picture: CapturedPicture | None = None
        self._news = news

    def take(self, picture: CapturedPicture) -> None:
        """See `Receiver`."""
        if self.picture is None:
            self.picture = picture
            self._news()

    def drop(self, reason: SourceDrop) -> None:
        """See `Receiver`."""

    def make_room(self, stop: StopSign) -> None:
        """See `Receiver`."""


async def first_picture(source: Source, form: PictureForm, seconds: float) -> TrialAnswer:
    """Open the source, take one picture, close it; or say why there is none."""
    loop = asyncio.get_running_loop()
    news = asyncio.Event()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # the process left while the source still closed
            loop.call_soon_threadsafe(news.set)

    began = monotonic_us()
    receiver = FirstPicture(tell)
    capture = Capture(source, receiver, form=form, fps=0.0, notify=tell)
    capture.start()
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return TrialAnswer(error=capture.view.error or f"no picture within {seconds:.0f} s")
    finally:
        capture.stop()
    found = receiver.picture
    if found is None:
        return TrialAnswer(error=capture.view.error or "there is no picture in it")
    return TrialAnswer(
        jpeg=found.jpeg,
        opened_ms=(monotonic_us() - began) / 1000,
        width=found.width,
        height=found.height,
    )


class TrialDesk:
    """Takes the questions, a few at once."""

    def __init__(
        self,
        redis: Redis,
        clock: RedisClock,
        source_of: Callable[[TrialAsked], Source],
        form: PictureForm,
    ) -> None:
        """Make it.

        Args:
            redis: a client of its own, whose answers may take a while.
            clock: Redis' clock.
            source_of: what a question asks about; may raise `ElasticError`.
            form: of the picture.
        """
        self._redis = redis
        self._clock = clock
        self._source_of = source_of
        self._form = form

    async def run(self) -> None:
        """Answer until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._serve())

    async def answer(self, asked: TrialAsked) -> TrialAnswer:
        """One picture, or why there is none."""
        seconds = (asked.until - self._clock.now()) / 1e6
        try:
            return await first_picture(self._source_of(asked), self._form, seconds)
        except ElasticError as error:
            return TrialAnswer(error=str(error))

    async def _serve(self) -> None:
        waits = backoff.delays()
        while True:
            cancellation.heed()
            try:
                asked = await trials.take(self._redis, now=self._clock.now(), seconds=_WAIT_SECONDS)
                if asked is not None:
                    await trials.answer(self._redis, asked.id, await self.answer(asked))
            except UNREACHABLE as error:
                log.debug("trials: %s", error)  # the heartbeat says it aloud
                await asyncio.sleep(next(waits))
            else:
                waits = backoff.delays()
