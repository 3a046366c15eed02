"""Autoscaling on one machine: the recording rule and the HPA algorithm move the fleets.

The rule is `kubernetes/scaling/offered-work-rule.yaml`; the policy is
`kubernetes/scaling/hpa.yaml`. Counters come from the workers' heartbeats instead of a scrape.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from apps.local.processes.cores import share_out
from apps.local.processes.fleet import Fleet
from apps.pipeline.messages import WorkerInfo
from apps.pipeline.registry.control import ScalingEvent, ScalingLimits
from apps.pipeline.registry.heartbeats import Registry
from apps.pipeline.registry.scaling_events import write_event, write_limits
from apps.runtime import cancellation
from apps.runtime.connection import UNREACHABLE
from apps.scaling.hpa_algorithm import Autoscaler, workers_text
from apps.scaling.hpa_policy import HpaPolicy
from apps.scaling.offered_work import OfferedWork, load_rule

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from apps.runtime.clock import RedisClock

__all__ = ["Elastic"]

log = logging.getLogger(__name__)

RULE = Path(__file__).resolve().parents[2] / "kubernetes" / "scaling" / "offered-work-rule.yaml"
_OBSERVE_SECONDS = 1.0
#: Between two log lines while Redis does not respond.
_REPORT_SECONDS = 10.0
#: Workers send heartbeats on the full second; reading half a second later avoids a race.
_PHASE_SECONDS = 0.5
#: A worker counts as settled once it is older than this many scrapes.
_SETTLED_SCRAPES = 2


class Elastic:
    """Scales the workers of each task.

    Attributes:
        wanted: desired number of workers by task.
    """

    def __init__(
        self,
        redis: Redis,
        clock: RedisClock,
        policy: HpaPolicy,
        fleets: Mapping[str, Fleet],
        *,
        total: int,
        time_scale: float,
        say: Callable[[str], None],
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._policy = policy
        self._fleets = fleets
        self._total = total
        self._say = say
        self._registry = Registry(redis, clock)
        rule = load_rule(RULE)
        settled_seconds = _SETTLED_SCRAPES * rule.interval_seconds / time_scale
        self._settled_us = int(settled_seconds * 1_000_000)
        # not divided by the time scale: in a shorter window the backlog of a start would weigh more
        self._offered = OfferedWork(rule)
        self._scalers = {task: Autoscaler(policy, time_scale) for task in fleets}
        self._seen: dict[str, set[str]] = {task: set() for task in fleets}
        self._settled: dict[str, int] = dict.fromkeys(fleets, 0)
        self._report_at = -math.inf
        self.wanted: dict[str, int] = dict.fromkeys(fleets, policy.min_replicas)

    async def start(self) -> None:
        """Start the minimum number of workers of each task."""
        for task, fleet in self._fleets.items():
            await fleet.scale(self.wanted[task])
            await write_limits(self._redis, self._limits(task))

    async def run(self) -> None:
        """Observe every second and decide every sync period, until cancelled."""
        period = next(iter(self._scalers.values())).sync_period
        decide_at = time.monotonic() + period
        while True:
            cancellation.heed()
            now = time.monotonic()
            ahead = (_PHASE_SECONDS - now) % _OBSERVE_SECONDS
            await asyncio.sleep(min(ahead or _OBSERVE_SECONDS, max(0.0, decide_at - now)))
            due = time.monotonic() >= decide_at
            if due:  # before Redis is asked: a failure must not leave the next wait at 0 seconds
                decide_at = max(decide_at + period, time.monotonic())
            try:
                await self._observe()
                if due:
                    await self._decide()
            except UNREACHABLE as error:
                self._report_outage(error)

    def _report_outage(self, error: Exception) -> None:
        if time.monotonic() >= self._report_at:
            self._report_at = time.monotonic() + _REPORT_SECONDS
            log.warning("Autoscaler: Redis is not responding: %s", error)

    async def _observe(self) -> None:
        heartbeats = await self._registry.workers()
        at, now = time.monotonic(), self._clock.now()
        for task in self._fleets:
            mine = [worker for worker in heartbeats if worker.task == task]
            for worker in mine:
                self._offered.scrape(task, worker.id, at, worker.offered_work_seconds)
            here = {worker.id for worker in mine}
            for gone in self._seen[task] - here:
                self._offered.lose(task, gone)
            self._seen[task] = here
            self._settled[task] = sum(self._is_settled(worker, now) for worker in mine)

    def _is_settled(self, worker: WorkerInfo, now: int) -> bool:
        return now - worker.started_at > self._settled_us

    async def _decide(self) -> None:
        now = time.monotonic()
        asked: dict[str, int] = {}
        reasons: dict[str, str] = {}
        for task, scaler in self._scalers.items():
            value = self._offered.value(task, now, self._settled[task])
            decision = scaler.decide(now, self.wanted[task], value)
            asked[task], reasons[task] = decision.replicas, decision.reason
        granted = share_out(asked, self._total)
        for task, replicas in granted.items():
            if replicas < asked[task]:
                reasons[task] += f"; {workers_text(self._total)} allowed in total"
            await self._move(task, replicas, reasons[task])

    async def _move(self, task: str, replicas: int, reason: str) -> None:
        before = self.wanted[task]
        if replicas == before:
            return
        self.wanted[task] = replicas
        self._say(f"{task}: {before} → {workers_text(replicas)}: {reason}")
        await self._fleets[task].scale(replicas)
        event = ScalingEvent(
            task=task, at=self._clock.now(), before=before, after=replicas, reason=reason
        )
        await write_event(self._redis, event)
        await write_limits(self._redis, self._limits(task))

    def _limits(self, task: str) -> ScalingLimits:
        policy = self._policy
        return ScalingLimits(
            task=task,
            min_workers=policy.min_replicas,
            max_workers=policy.max_replicas,
            target=policy.metric.target,
        )
