"""The worker: takes frames and jobs of one task, never more than its hands hold.

One loop exchanges with the queues: it books what is finished, publishes results and takes new work
in one round trip a queue, whenever something is finished or work may wait. Idle, it blocks on the
queues' bells and looks now and then, because foreign producers do not ring.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from apps.inference.hands import GATHERED, Hands, Work
from apps.inference.jobs import JobDesk
from apps.inference.live import LiveDesk
from apps.inference.meter import Stopwatch
from apps.inference.sharing import Kind, Sharing
from apps.runtime import backoff, cancellation
from apps.runtime.connection import UNREACHABLE

if TYPE_CHECKING:
    from apps.runtime.service import Service

__all__ = ["Worker"]

log = logging.getLogger(__name__)

#: How often an idle worker looks for work that did not ring: foreign producers of frames do not.
_LOOK_SECONDS: Mapping[Kind, float] = {"live": 0.1, "job": 1.0}
#: How often leases and claims are renewed when nothing else happens.
_RENEW_SECONDS = 1.0
#: How long a finished frame waits for company at most, while more waits than the hands hold.
_GATHER_SECONDS = 0.025
#: Tries to say good-bye to a Redis that does not answer.
_FAREWELLS = 5

LIVE: Kind = "live"
JOB: Kind = "job"


class _Side:
    """One queue as the loop sees it: a desk, and whether work may wait there."""

    def __init__(self, kind: Kind, desk: LiveDesk | JobDesk) -> None:
        self._look_seconds = _LOOK_SECONDS[kind]
        self.desk = desk
        self.empty = asyncio.Event()
        self.asked_at = 0.0

    @property
    def may_wait(self) -> bool:
        """Whether the queue was not found empty since it last rang."""
        return not self.empty.is_set()

    async def exchange(self, wanted: int) -> int:
        """One exchange; how much came.

        Raises:
            redis.RedisError: no answer.
        """
        came = await self.desk.exchange(wanted)
        self.asked_at = time.monotonic()
        if came < wanted:
            self.empty.set()
        return came

    async def listen(self, wake: asyncio.Event) -> None:
        """Wake the loop when work may wait again, until cancelled."""
        waits = backoff.delays()
        while True:
            cancellation.heed()
            await self.empty.wait()
            try:
                await self.desk.wait(self._look_seconds)
                waits = backoff.delays()
            except UNREACHABLE:
                await asyncio.sleep(next(waits))
            self.empty.clear()
            wake.set()


class Worker:
    """Moves work from the queues through the hands and back.

    Attributes:
        full_seconds: integrates the time in which the hands were full and more waited.
    """

    def __init__(
        self, service: Service, hands: Hands, live: LiveDesk, jobs: JobDesk, sharing: Sharing
    ) -> None:
        self._service = service
        self._hands = hands
        self._sides = {LIVE: _Side(LIVE, live), JOB: _Side(JOB, jobs)}
        self._sharing = sharing
        self._wake = asyncio.Event()
        self._more_waits = False
        self._gathering: asyncio.TimerHandle | None = None
        self._waits: Iterator[float] = backoff.delays()
        self.full_seconds = Stopwatch()

    def finished(self, kind: Kind, work: Work | None) -> None:
        """Something is finished: it is charged to its kind, and its place is free."""
        self._sharing.charge(kind, work.seconds if work is not None else 0.0)
        if not self._more_waits or self._hands.free >= GATHERED:
            self._wake.set()
        elif self._gathering is None:
            loop = asyncio.get_running_loop()
            self._gathering = loop.call_later(_GATHER_SECONDS, self._wake.set)

    async def run(self) -> None:
        """Work until the service is asked to stop, then finish what is in hand and leave."""
        background = [asyncio.create_task(side.listen(self._wake)) for side in self._sides.values()]
        background += [asyncio.create_task(task) for task in (self._wake_on_stop(), self._renew())]
        try:
            self._wake.set()
            while not self._service.stop.is_set():
                await self._turn()
            await self._drain()
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)

    async def _turn(self) -> None:
        await self._woken()
        if self._service.stop.is_set():
            return
        if not await self._exchange(self._allot()):
            await self._service.stopped_within(next(self._waits))
            self._wake.set()

    async def _woken(self) -> None:
        await self._wake.wait()
        self._wake.clear()
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None

    def _allot(self) -> dict[Kind, int]:
        """How the free places are shared between live frames and jobs."""
        live, jobs = self._sides[LIVE].may_wait, self._sides[JOB].may_wait
        places = {LIVE: 0, JOB: 0}
        for _ in range(self._hands.free):
            kind = self._sharing.next(live_waiting=live or not jobs, jobs_waiting=jobs)
            places[kind or LIVE] += 1
        return places

    async def _exchange(self, places: dict[Kind, int]) -> bool:
        """One exchange with each queue that has a reason for it; whether Redis answered."""
        more_waits = False
        open_places = dict(places)
        try:
            for kind, side in self._sides.items():
                if places[kind] or self._is_due(side):
                    open_places[kind] -= await side.exchange(places[kind])
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
        self._waits = backoff.delays()
        self._service.redis_is_up()
        self._more_waits = more_waits
        self.full_seconds.set(1.0 if more_waits and self._hands.free <= 0 else 0.0)
        if any(open_places.values()) and any(side.may_wait for side in self._sides.values()):
            self._wake.set()  # one queue was empty: its places go to the other at once
        return True

    @staticmethod
    def _is_due(side: _Side) -> bool:
        if isinstance(side.desk, LiveDesk):
            return True
        return side.desk.unsent > 0 or time.monotonic() - side.asked_at >= _RENEW_SECONDS

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            self._wake.set()

    async def _wake_on_stop(self) -> None:
        await self._service.stop.wait()
        self._wake.set()

    async def _drain(self) -> None:
        nothing = dict.fromkeys(self._sides, 0)
        while self._hands.in_hand:
            await self._woken()
            await self._exchange(nothing)
        for _ in range(_FAREWELLS):
            try:
                for side in self._sides.values():
                    await side.desk.leave()
            except UNREACHABLE as error:
                log.warning("Redis: %s; leaving when it has heard", error)
                await asyncio.sleep(next(self._waits))
            else:
                return
        log.error("left without saying what became of some work: Redis does not answer")
