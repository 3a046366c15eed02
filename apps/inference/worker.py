"""The worker: takes live frames and jobs of one task, never more than its slots accept.

One loop exchanges with the queues: it sends finished work, publishes results and takes new work,
in one round trip to each queue, whenever work is finished or new work may wait. An idle worker
waits for notifications from the queues and polls them now and then, because foreign producers send
no notification.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from apps.inference.inference_slots import REFILL_COUNT, InferenceSlots
from apps.inference.meter import LevelIntegral
from apps.inference.sharing import TimeSharing
from apps.inference.work_loop import WorkKind, WorkLoop
from apps.runtime import backoff, cancellation
from apps.runtime.connection import UNREACHABLE

if TYPE_CHECKING:
    from apps.runtime.service import Service

__all__ = ["Worker"]

log = logging.getLogger(__name__)

#: How often a worker exchanges when nothing else happens, seconds: leases and claims expire.
_RENEW_SECONDS = 1.0
#: Maximum time that a finished frame waits until enough places are free for a refill, seconds.
_REFILL_DELAY_SECONDS = 0.025
#: Attempts to leave the queues when Redis does not answer.
_LEAVE_ATTEMPTS = 5


class _Queue:
    """The state of one queue: its loop, and whether work may wait there."""

    def __init__(self, loop: WorkLoop) -> None:
        self.loop = loop
        self.empty = asyncio.Event()
        self._exchanged_at = 0.0

    @property
    def may_have_work(self) -> bool:
        """Whether the queue was not found empty since its last notification."""
        return not self.empty.is_set()

    @property
    def is_due(self) -> bool:
        """Whether to exchange although no work is wanted."""
        return self.loop.is_due(time.monotonic() - self._exchanged_at)

    async def exchange(self, wanted: int) -> int:
        """Exchange once; the number of items taken. Raises as `WorkLoop.exchange` does."""
        taken = await self.loop.exchange(wanted)
        self._exchanged_at = time.monotonic()
        if taken < wanted:
            self.empty.set()
        return taken

    async def listen(self, wake: asyncio.Event) -> None:
        """Set `wake` when an empty queue may have work again, until cancelled."""
        delays = backoff.delays()
        while True:
            cancellation.heed()
            await self.empty.wait()
            try:
                await self.loop.wait(self.loop.poll_seconds)
                delays = backoff.delays()
            except UNREACHABLE:
                await asyncio.sleep(next(delays))
            self.empty.clear()
            wake.set()


class Worker:
    """Moves work from the queues through the inference slots and back.

    Attributes:
        full_seconds: seconds in which every place was taken and more work waited.
    """

    def __init__(
        self,
        service: Service,
        slots: InferenceSlots,
        loops: Sequence[WorkLoop],
        sharing: TimeSharing,
    ) -> None:
        self._service = service
        self._slots = slots
        self._queues = {loop.kind: _Queue(loop) for loop in loops}
        self._sharing = sharing
        self._wake = asyncio.Event()
        self._more_waits = False
        self._refill: asyncio.TimerHandle | None = None
        self._delays: Iterator[float] = backoff.delays()
        self.full_seconds = LevelIntegral()

    def finished(self, kind: WorkKind, seconds: float) -> None:
        """Record that an item is finished, after `seconds` of processing, and its place is free."""
        self._sharing.charge(kind, seconds)
        if not self._more_waits or self._slots.free >= REFILL_COUNT:
            self._wake.set()
        elif self._refill is None:
            loop = asyncio.get_running_loop()
            self._refill = loop.call_later(_REFILL_DELAY_SECONDS, self._wake.set)

    async def run(self) -> None:
        """Work until the service is asked to stop, then finish the work in progress and leave."""
        background = [
            asyncio.create_task(queue.listen(self._wake)) for queue in self._queues.values()
        ]
        background += [asyncio.create_task(task) for task in (self._wake_on_stop(), self._renew())]
        try:
            self._wake.set()
            while not self._service.stop.is_set():
                await self._step()
            await self._drain()
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)

    async def _step(self) -> None:
        await self._wait_for_wake()
        if self._service.stop.is_set():
            return
        if not await self._exchange(self._allocate()):
            await self._service.stopped_within(next(self._delays))
            self._wake.set()

    async def _wait_for_wake(self) -> None:
        await self._wake.wait()
        self._wake.clear()
        if self._refill is not None:
            self._refill.cancel()
            self._refill = None

    def _allocate(self) -> dict[WorkKind, int]:
        """Divide the free places between live frames and jobs."""
        live, jobs = self._queues["live"].may_have_work, self._queues["job"].may_have_work
        places: dict[WorkKind, int] = {"live": 0, "job": 0}
        for _ in range(self._slots.free):
            kind = self._sharing.next(live_waiting=live or not jobs, jobs_waiting=jobs)
            places[kind or "live"] += 1
        return places

    async def _exchange(self, places: dict[WorkKind, int]) -> bool:
        """Exchange once with each queue that is due or has places; whether Redis answered."""
        more_waits = False
        open_places = dict(places)
        try:
            for kind, queue in self._queues.items():
                if places[kind] or queue.is_due:
                    open_places[kind] -= await queue.exchange(places[kind])
                    more_waits |= places[kind] > 0 and open_places[kind] == 0
        except UNREACHABLE as error:
            self._service.redis_is_down(error)
            self._more_waits = False
            self.full_seconds.set(0.0)
            return False
        finally:
            for kind, count in open_places.items():
                for _ in range(count):
                    self._sharing.cancel(kind)
        self._delays = backoff.delays()
        self._service.redis_is_up()
        self._more_waits = more_waits
        self.full_seconds.set(1.0 if more_waits and self._slots.free <= 0 else 0.0)
        unused = any(open_places.values())
        if unused and any(queue.may_have_work for queue in self._queues.values()):
            self._wake.set()  # one queue was empty: offer its places to the other at once
        return True

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            self._wake.set()

    async def _wake_on_stop(self) -> None:
        await self._service.stop.wait()
        self._wake.set()

    async def _drain(self) -> None:
        nothing = dict.fromkeys(self._queues, 0)
        while self._slots.in_progress:
            await self._wait_for_wake()
            await self._exchange(nothing)
        for _ in range(_LEAVE_ATTEMPTS):
            try:
                for queue in self._queues.values():
                    await queue.loop.leave()
            except UNREACHABLE as error:
                log.warning("Redis: %s; trying again to leave the queues", error)
                await asyncio.sleep(next(self._delays))
            else:
                return
        log.error("left without reporting some finished work: Redis does not answer")
