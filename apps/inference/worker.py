"""The worker: takes frames and jobs of one task, never more than its hands hold.

One loop exchanges with the queue: it books what is finished, publishes results and takes new
frames, all in one round trip, whenever something is finished or frames may wait. Idle, it blocks on
the queue's bell and looks every `_LOOK_SECONDS`, because foreign producers do not ring.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from apps.inference.hands import Hands
from apps.inference.live import LiveDesk
from apps.inference.meter import Stopwatch
from apps.pipeline import backoff
from apps.pipeline.connection import UNREACHABLE

if TYPE_CHECKING:
    from apps.pipeline.consumer import Consumer
    from apps.pipeline.service import Service

__all__ = ["Worker"]

log = logging.getLogger(__name__)

#: How often an idle worker looks for frames of producers that do not ring the bell.
_LOOK_SECONDS = 0.1
#: How often a worker that waits for its engine renews its lease.
_RENEW_SECONDS = 1.0
#: Tries to say good-bye to a Redis that does not answer.
_FAREWELLS = 5


class Worker:
    """Moves frames from the queue through the hands and back.

    Attributes:
        full_seconds: integrates the time in which the hands were full and more waited.
    """

    def __init__(self, service: Service, consumer: Consumer, hands: Hands, live: LiveDesk) -> None:
        self._service = service
        self._consumer = consumer
        self._hands = hands
        self._live = live
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._waits: Iterator[float] = backoff.delays()
        self.full_seconds = Stopwatch()

    def wake(self) -> None:
        """Something is finished, or something came."""
        self._wake.set()

    async def run(self) -> None:
        """Work until the service is asked to stop, then finish what is in hand and leave."""
        bell = asyncio.create_task(self._hear_the_bell())
        stop = asyncio.create_task(self._wake_on_stop())
        try:
            self.wake()
            while not self._service.stop.is_set():
                await self._turn()
            await self._drain()
        finally:
            for task in (bell, stop):
                task.cancel()
            await asyncio.gather(bell, stop, return_exceptions=True)

    async def _turn(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _RENEW_SECONDS)
        self._wake.clear()
        wanted = self._hands.free
        if await self._exchange(wanted):
            return
        delay = next(self._waits)
        await self._service.stopped_within(delay)
        self.wake()

    async def _exchange(self, wanted: int) -> bool:
        """One exchange with the queue; whether Redis answered."""
        try:
            came = await self._live.exchange(wanted)
        except UNREACHABLE as error:
            log.warning("Redis: %s; trying again", error)
            self._service.redis_is_down(error)
            return False
        self._waits = backoff.delays()
        self._service.redis_is_up()
        more_waits = came == wanted
        self.full_seconds.set(1.0 if more_waits and self._hands.free <= 0 else 0.0)
        if more_waits:
            self._empty.clear()
        else:
            self._empty.set()
        return True

    async def _hear_the_bell(self) -> None:
        waits = backoff.delays()
        while True:
            await self._empty.wait()
            try:
                await self._consumer.wait(_LOOK_SECONDS)
                waits = backoff.delays()
            except UNREACHABLE:
                await asyncio.sleep(next(waits))
            self._empty.clear()
            self.wake()

    async def _wake_on_stop(self) -> None:
        await self._service.stop.wait()
        self.wake()

    async def _drain(self) -> None:
        while self._hands.in_hand:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _RENEW_SECONDS)
            self._wake.clear()
            await self._exchange(0)
        for _ in range(_FAREWELLS):
            try:
                await self._live.exchange(0)
                await self._consumer.leave()
            except UNREACHABLE as error:
                log.warning("Redis: %s; leaving when it has heard", error)
                await asyncio.sleep(next(self._waits))
            else:
                return
        log.error(
            "left without settling %d frames: Redis does not answer", self._consumer.unsettled
        )
