"""The live side of a worker: popped frames become work, finished work becomes results."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from apps.inference.hands import Hands, Work
from apps.inference.intake import LiveFrame, check
from apps.inference.stream_loads import StreamLoads
from apps.inference.tally import Tally
from apps.pipeline import keys
from apps.pipeline.live_queue.frame_consumer import INFERRED, Batch, Consumer, PoppedFrame
from apps.pipeline.messages import DropReason, Result, Timings, wire
from apps.runtime.errors import ImageError

if TYPE_CHECKING:
    from apps.runtime.clock import RedisClock
    from apps.vision.models.engine import EngineInfo

__all__ = ["LiveDesk"]

log = logging.getLogger(__name__)

#: Seconds between two log lines about the same kind of trouble.
_QUIET_SECONDS = 10.0


class LiveDesk:
    """Takes frames in, hands results out.

    Attributes:
        outbox: channels and messages that wait for the next exchange.
        loads: what was done for each stream.
        claimed: unserved drops that this worker answered for.
    """

    def __init__(
        self,
        consumer: Consumer,
        hands: Hands,
        info: EngineInfo,
        clock: RedisClock,
        tally: Tally,
        *,
        task: str,
        freshness: float,
        watched: Callable[[str], bool],
        on_finish: Callable[[Work | None], None],
    ) -> None:
        self._consumer = consumer
        self._hands = hands
        self._info = info
        self._clock = clock
        self._tally = tally
        self._task = task
        self._freshness_us = int(freshness * 1_000_000)
        self._watched = watched
        self._on_finish = on_finish
        self._complained: dict[str, float] = {}
        self._leases_lost = 0
        self.outbox: list[tuple[str, bytes]] = []
        self.loads = StreamLoads()
        self.claimed = 0

    async def exchange(self, wanted: int) -> int:
        """Book and publish what is finished, take at most `wanted` frames; how many came.

        Raises:
            redis.RedisError: no answer; settlements are kept, results are not.
        """
        outbox, self.outbox = self.outbox, []
        began = time.perf_counter()
        batch = await self._consumer.exchange(wanted, outbox)
        if outbox:
            self._tally.published(time.perf_counter() - began)
        self._tally.leases_lost(self._consumer.leases_lost - self._leases_lost)
        self._leases_lost = self._consumer.leases_lost
        self._take(batch)
        return len(batch.frames)

    async def wait(self, seconds: float) -> None:
        """Wait until a push rings, or for that long.

        Raises:
            redis.RedisError: no answer.
        """
        await self._consumer.wait(seconds)

    async def leave(self) -> None:
        """Book and publish what is finished, and end the lease.

        Raises:
            redis.RedisError: no answer.
        """
        await self.exchange(0)
        await self._consumer.leave()

    def _take(self, batch: Batch) -> None:
        self.claimed += batch.claimed
        self._tally.claimed(batch.claimed)
        for popped in batch.frames:
            self._begin(popped, batch.at)

    def _begin(self, popped: PoppedFrame, now: int) -> None:
        frame = check(popped, self._task, now)
        if isinstance(frame, DropReason):
            self._drop(popped, frame)
            return
        if frame.time_replaced:
            self._tally.capture_time_replaced()
        if not self._fresh(frame):
            self._drop(popped, DropReason.STALE)
            return
        self._hands.take(
            Work(frame.jpeg, partial(self._finish, frame, now), partial(self._fresh, frame))
        )

    def _fresh(self, frame: LiveFrame) -> bool:
        return self._clock.now() - frame.captured_at <= self._freshness_us

    def _drop(self, popped: PoppedFrame, reason: DropReason) -> None:
        self._consumer.settle(popped.ticket, reason)
        self._tally.outcome(reason)
        self._on_finish(None)

    def _finish(self, frame: LiveFrame, popped_at: int, work: Work) -> None:
        reason = _trouble(work)
        if reason is None:
            self._publish(frame, popped_at, work)
        elif reason is not DropReason.STALE:
            self._complain(reason, frame.stream, work.error)
        self._consumer.settle(frame.popped.ticket, reason or INFERRED)
        self._tally.outcome(reason or INFERRED)
        self._on_finish(work)

    def _publish(self, frame: LiveFrame, popped_at: int, work: Work) -> None:
        now = self._clock.now()
        queue_ms = max(0, popped_at - frame.popped.arrived_at) / 1000
        age_ms = max(0, now - frame.captured_at) / 1000
        result = Result(
            stream=frame.stream,
            task=self._task,
            sequence=frame.sequence,
            epoch=frame.epoch,
            captured_at=frame.captured_at,
            inferred_at=now,
            width=work.width,
            height=work.height,
            model=self._info.model,
            precision=self._info.precision,
            device=self._info.device,
            worker=frame.popped.ticket.incarnation,
            detections=work.detections,
            timings=_timings(work, queue_ms),
            jpeg=frame.jpeg if self._watched(frame.stream) else None,
        )
        self.outbox.append((keys.results(frame.stream), wire.encode(result)))
        self.loads.record(frame.stream, age_ms, work.width, work.height)
        self._tally.result(result.timings, age_ms)

    def _complain(self, reason: DropReason, stream: str, error: Exception | None) -> None:
        now = time.monotonic()
        if now - self._complained.get(reason, -_QUIET_SECONDS) >= _QUIET_SECONDS:
            self._complained[reason] = now
            log.warning("%s: a frame was dropped as %s: %s", stream, reason, error)


def _trouble(work: Work) -> DropReason | None:
    if work.unwanted:
        return DropReason.STALE
    if isinstance(work.error, ImageError):
        return DropReason(work.error.reason)
    return DropReason.FAILED if work.error is not None else None


def _timings(work: Work, queue_ms: float) -> Timings:
    return Timings(
        queue_ms=round(queue_ms, 3),
        decode_ms=round(work.decode_seconds * 1000, 3),
        infer_ms=round(work.infer_seconds * 1000, 3),
        postprocess_ms=round(work.parse_seconds * 1000, 3),
    )
