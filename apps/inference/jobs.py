"""The job side of a worker: jobs become work, finished work becomes replies."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from apps.inference.hands import Hands, Work
from apps.inference.tally import Tally
from apps.pipeline.job_queue.job_consumer import JobConsumer
from apps.pipeline.messages import Job, Result, Timings
from apps.runtime.errors import ImageError, JobReason

if TYPE_CHECKING:
    from apps.runtime.clock import RedisClock
    from apps.vision.models.engine import EngineInfo

__all__ = ["JobDesk"]

#: What a metric calls the endings that a consumer counts.
_OUTCOMES = {"retry": "retried", "poisoned": "dead"}


class JobDesk:
    """Takes jobs in, hands replies out."""

    def __init__(
        self,
        consumer: JobConsumer,
        hands: Hands,
        info: EngineInfo,
        clock: RedisClock,
        tally: Tally,
        *,
        on_finish: Callable[[Work], None],
    ) -> None:
        self._consumer = consumer
        self._hands = hands
        self._info = info
        self._clock = clock
        self._tally = tally
        self._on_finish = on_finish
        self._counted: dict[str, int] = {}

    @property
    def unsent(self) -> int:
        """Endings that Redis has not confirmed."""
        return self._consumer.unsent

    async def exchange(self, wanted: int) -> int:
        """Book what ended, renew claims, take at most `wanted` jobs; how many came.

        Raises:
            redis.RedisError: no answer; nothing is forgotten.
        """
        jobs = await self._consumer.take(wanted)
        for outcome, count in self._consumer.counts.items():
            for _ in range(count - self._counted.get(outcome, 0)):
                self._tally.job(_OUTCOMES.get(outcome, outcome))
            self._counted[outcome] = count
        for job in jobs:
            self._hands.take(
                Work(job.data, partial(self._finish, job), partial(self._still_wanted, job))
            )
        return len(jobs)

    async def wait(self, seconds: float) -> None:
        """Wait until a submission rings, or for that long.

        Raises:
            redis.RedisError: no answer.
        """
        await self._consumer.wait(seconds)

    async def leave(self) -> None:
        """Book what ended, give back the rest.

        Raises:
            redis.RedisError: no answer.
        """
        await self._consumer.leave()

    def _still_wanted(self, job: Job) -> bool:
        return self._clock.now() < job.deadline_at

    def _finish(self, job: Job, work: Work) -> None:
        if work.unwanted:
            self._consumer.expire(job)
        elif isinstance(work.error, ImageError):
            self._consumer.fail(job, JobReason(work.error.reason), str(work.error))
        elif work.error is not None:
            self._consumer.retry(job, str(work.error) or type(work.error).__name__)
        else:
            self._consumer.done(job, self._result(job, work))
        self._on_finish(work)

    def _result(self, job: Job, work: Work) -> Result:
        now = self._clock.now()
        waited_ms = max(0, now - job.submitted_at) / 1000
        return Result(
            stream="",
            task=job.task,
            sequence=0,
            epoch=0,
            captured_at=job.submitted_at,
            inferred_at=now,
            width=work.width,
            height=work.height,
            model=self._info.model,
            precision=self._info.precision,
            device=self._info.device,
            worker=self._consumer.name,
            detections=work.detections,
            timings=Timings(
                queue_ms=round(max(0.0, waited_ms - work.seconds * 1000), 3),
                decode_ms=round(work.decode_seconds * 1000, 3),
                infer_ms=round(work.infer_seconds * 1000, 3),
                postprocess_ms=round(work.parse_seconds * 1000, 3),
            ),
        )
