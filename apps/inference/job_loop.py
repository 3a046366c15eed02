"""The job loop of a worker: takes jobs from the job queue and answers them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from apps.inference.inference_slots import InferenceAnswer, InferenceRequest, InferenceSlots
from apps.inference.result_builder import ResultOrigin, build_result
from apps.inference.work_loop import WorkKind
from apps.inference.worker_metrics import WorkerMetrics
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.messages import Result
from apps.pipeline.messages.job import Job
from apps.runtime.errors import ImageError, JobReason

if TYPE_CHECKING:
    from apps.runtime.clock import RedisClock
    from apps.vision.models.engine import EngineInfo

__all__ = ["JobLoop"]

#: Maximum time between two exchanges, seconds: an exchange renews the claims.
_RENEW_SECONDS = 1.0
#: Metric label of the outcomes whose name in the consumer differs.
_OUTCOMES = {"retry": "retried", "poisoned": "dead"}


class JobLoop:
    """Implements `apps.inference.work_loop.WorkLoop` for jobs."""

    kind: WorkKind = "job"
    poll_seconds = 1.0

    def __init__(
        self,
        consumer: JobConsumer,
        slots: InferenceSlots,
        info: EngineInfo,
        clock: RedisClock,
        metrics: WorkerMetrics,
        *,
        on_finish: Callable[[WorkKind, float], None],
    ) -> None:
        self._consumer = consumer
        self._slots = slots
        self._info = info
        self._clock = clock
        self._metrics = metrics
        self._on_finish = on_finish
        self._counted: dict[str, int] = {}

    def is_due(self, seconds: float) -> bool:
        """See `WorkLoop`; when a reply waits to be sent, or claims must be renewed."""
        return self._consumer.unsent > 0 or seconds >= _RENEW_SECONDS

    async def exchange(self, wanted: int) -> int:
        """See `WorkLoop`.

        Raises:
            redis.RedisError: Redis does not answer. Replies are kept for the next exchange.
        """
        jobs = await self._consumer.take(wanted)
        for outcome, count in self._consumer.counts.items():
            for _ in range(count - self._counted.get(outcome, 0)):
                self._metrics.job(_OUTCOMES.get(outcome, outcome))
            self._counted[outcome] = count
        for job in jobs:
            finish, is_wanted = partial(self._finish, job), partial(self._is_wanted, job)
            self._slots.submit(InferenceRequest(job.data, finish, is_wanted))
        return len(jobs)

    async def wait(self, seconds: float) -> None:
        """See `WorkLoop`."""
        await self._consumer.wait(seconds)

    async def leave(self) -> None:
        """See `WorkLoop`; returns unfinished jobs to the queue."""
        await self._consumer.leave()

    def _is_wanted(self, job: Job) -> bool:
        return self._clock.now() < job.deadline_at

    def _finish(self, job: Job, answer: InferenceAnswer) -> None:
        error = answer.error
        if answer.expired:
            self._consumer.expire(job)
        elif isinstance(error, ImageError):
            self._consumer.fail(job, JobReason(error.reason), str(error))
        elif error is not None:
            self._consumer.retry(job, str(error) or type(error).__name__)
        else:
            self._consumer.done(job, self._result(job, answer))
        self._on_finish(self.kind, answer.seconds)

    def _result(self, job: Job, answer: InferenceAnswer) -> Result:
        now = self._clock.now()
        total_ms = max(0, now - job.submitted_at) / 1000
        return build_result(
            self._info,
            answer,
            ResultOrigin(job.task, job.submitted_at),
            inferred_at=now,
            worker=self._consumer.name,
            queue_ms=max(0.0, total_ms - answer.seconds * 1000),
        )
