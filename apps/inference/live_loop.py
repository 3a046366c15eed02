"""The live loop of a worker: takes frames from the live queue and publishes results."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from apps.inference.frame_admission import AdmittedFrame, admit
from apps.inference.inference_slots import InferenceAnswer, InferenceRequest, InferenceSlots
from apps.inference.result_builder import ResultOrigin, build_result
from apps.inference.stream_loads import StreamLoads
from apps.inference.work_loop import WorkKind
from apps.inference.worker_metrics import WorkerMetrics
from apps.pipeline import keys
from apps.pipeline.live_queue.frame_consumer import INFERRED, Batch, FrameConsumer, PoppedFrame
from apps.pipeline.messages import DropReason, wire
from apps.runtime.errors import ImageError

if TYPE_CHECKING:
    from apps.runtime.clock import RedisClock
    from apps.vision.models.engine import EngineInfo

__all__ = ["LiveLoop"]

log = logging.getLogger(__name__)

#: Minimum time between two log lines with the same drop reason, seconds.
_LOG_INTERVAL_SECONDS = 10.0


class LiveLoop:
    """Implements `apps.inference.work_loop.WorkLoop` for live frames.

    Attributes:
        outbox: channels and messages to publish with the next exchange.
        loads: work per stream, for the heartbeat.
        claimed: number of drops for lack of capacity that the queue assigned to this worker.
    """

    kind: WorkKind = "live"
    #: Foreign producers of frames send no notification.
    poll_seconds = 0.1

    def __init__(
        self,
        consumer: FrameConsumer,
        slots: InferenceSlots,
        info: EngineInfo,
        clock: RedisClock,
        metrics: WorkerMetrics,
        *,
        task: str,
        freshness: float,
        watched: Callable[[str], bool],
        on_finish: Callable[[WorkKind, float], None],
    ) -> None:
        self._consumer = consumer
        self._slots = slots
        self._info = info
        self._clock = clock
        self._metrics = metrics
        self._task = task
        self._freshness_us = int(freshness * 1_000_000)
        self._watched = watched
        self._on_finish = on_finish
        self._logged_at: dict[str, float] = {}
        self._leases_lost = 0
        self.outbox: list[tuple[str, bytes]] = []
        self.loads = StreamLoads()
        self.claimed = 0

    def is_due(self, seconds: float) -> bool:  # noqa: ARG002 - the protocol's
        """See `WorkLoop`; always, because an exchange renews the lease and publishes results."""
        return True

    async def exchange(self, wanted: int) -> int:
        """See `WorkLoop`.

        Raises:
            redis.RedisError: Redis does not answer. Settlements are kept for the next exchange,
                results are lost.
        """
        outbox, self.outbox = self.outbox, []
        began = time.perf_counter()
        batch = await self._consumer.exchange(wanted, outbox)
        if outbox:
            self._metrics.published(time.perf_counter() - began)
        self._metrics.leases_lost(self._consumer.leases_lost - self._leases_lost)
        self._leases_lost = self._consumer.leases_lost
        self._take(batch)
        return len(batch.frames)

    async def wait(self, seconds: float) -> None:
        """See `WorkLoop`."""
        await self._consumer.wait(seconds)

    async def leave(self) -> None:
        """See `WorkLoop`; ends the lease."""
        await self.exchange(0)
        await self._consumer.leave()

    def _take(self, batch: Batch) -> None:
        self.claimed += batch.claimed
        self._metrics.claimed(batch.claimed)
        for popped in batch.frames:
            self._begin(popped, batch.at)

    def _begin(self, popped: PoppedFrame, now: int) -> None:
        frame = admit(popped, self._task, now)
        if isinstance(frame, DropReason):
            self._drop(popped, frame)
            return
        if frame.time_replaced:
            self._metrics.capture_time_replaced()
        if not self._is_fresh(frame):
            self._drop(popped, DropReason.STALE)
            return
        finish, is_fresh = partial(self._finish, frame, now), partial(self._is_fresh, frame)
        self._slots.submit(InferenceRequest(frame.jpeg, finish, is_fresh))

    def _is_fresh(self, frame: AdmittedFrame) -> bool:
        return self._clock.now() - frame.captured_at <= self._freshness_us

    def _drop(self, popped: PoppedFrame, reason: DropReason) -> None:
        self._consumer.settle(popped.ticket, reason)
        self._metrics.outcome(reason)
        self._on_finish(self.kind, 0.0)

    def _finish(self, frame: AdmittedFrame, popped_at: int, answer: InferenceAnswer) -> None:
        reason = _drop_reason(answer)
        if reason is None:
            self._publish(frame, popped_at, answer)
        elif reason is not DropReason.STALE:
            self._log_drop(reason, frame.stream, answer.error)
        self._consumer.settle(frame.popped.ticket, reason or INFERRED)
        self._metrics.outcome(reason or INFERRED)
        self._on_finish(self.kind, answer.seconds)

    def _publish(self, frame: AdmittedFrame, popped_at: int, answer: InferenceAnswer) -> None:
        now = self._clock.now()
        stream = frame.stream
        age_ms = max(0, now - frame.captured_at) / 1000
        result = build_result(
            self._info,
            answer,
            ResultOrigin(self._task, frame.captured_at, stream, frame.sequence, frame.epoch),
            inferred_at=now,
            worker=frame.popped.ticket.incarnation,
            queue_ms=max(0, popped_at - frame.popped.arrived_at) / 1000,
            jpeg=frame.jpeg if self._watched(stream) else None,
        )
        self.outbox.append((keys.results(stream), wire.encode(result)))
        self.loads.record(stream, age_ms, answer.width, answer.height)
        self._metrics.result(result.timings, age_ms)

    def _log_drop(self, reason: DropReason, stream: str, error: Exception | None) -> None:
        now = time.monotonic()
        if now - self._logged_at.get(reason, -_LOG_INTERVAL_SECONDS) >= _LOG_INTERVAL_SECONDS:
            self._logged_at[reason] = now
            log.warning("%s: frame dropped as %s: %s", stream, reason, error)


def _drop_reason(answer: InferenceAnswer) -> DropReason | None:
    if answer.expired:
        return DropReason.STALE
    if isinstance(answer.error, ImageError):
        return DropReason(answer.error.reason)
    return DropReason.FAILED if answer.error is not None else None
