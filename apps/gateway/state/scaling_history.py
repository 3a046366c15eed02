"""The last quarter of an hour of every task, for the dashboard's charts."""

from __future__ import annotations

from collections import deque
from typing import Any

from apps.gateway.api import answers
from apps.gateway.state.observation import Observation, RateWindow
from apps.gateway.state.snapshot import Snapshot
from apps.pipeline.messages import WorkerState

__all__ = ["ScalingHistory"]

_STEP_US = 1_900_000  # one point per two rounds of the maintenance loop
_POINTS = 450

#: Without an autoscaler that has published its target.
_DEFAULT_TARGET = 0.8


class ScalingHistory:
    """Points of every task, and the autoscaler's decisions."""

    def __init__(self) -> None:
        self._points: dict[str, deque[answers.ScalingPoint]] = {}
        self._last_at = 0
        self._observation = Observation(at=0)

    def add(self, seen: Observation, window: RateWindow) -> None:
        """Add a point of this observation, unless the last one is too recent."""
        self._observation = seen
        if 0 <= seen.at - self._last_at < _STEP_US:
            return
        self._last_at = seen.at
        for task in seen.tasks:
            points = self._points.setdefault(task, deque(maxlen=_POINTS))
            points.append(_point(task, seen, window))

    def since(self, since: int, snapshot: Snapshot) -> answers.Scaling:
        """Points and decisions later than `since`, microseconds of Redis' clock."""
        events = [
            answers.ScalingStep(
                time=event.at, task=event.task, before=event.before, after=event.after,
                reason=event.reason,
            )
            for event in self._observation.events
            if event.at > since
        ]  # fmt: skip
        tasks = [self._series(task, since, snapshot) for task in snapshot.tasks]
        return answers.Scaling(now=snapshot.now, tasks=tasks, events=events)

    def _series(self, task: str, since: int, snapshot: Snapshot) -> answers.ScalingSeries:
        points = [point for point in self._points.get(task, ()) if point.at > since]
        limits = self._observation.limits.get(task)
        known = snapshot.tasks[task]
        columns: dict[str, list[Any]] = {
            name: [getattr(point, name) for point in points]
            for name in answers.ScalingPoint.__struct_fields__
            if name != "at"
        }
        return answers.ScalingSeries(
            task=task,
            model=known.model,
            precision=known.precision,
            device=known.device,
            min_workers=limits.min_workers if limits else 0,
            max_workers=limits.max_workers if limits else 0,
            target=limits.target if limits else _DEFAULT_TARGET,
            times=[point.at for point in points],
            workers_now=snapshot.workers.get(task, []),
            **columns,
        )


def _point(task: str, seen: Observation, window: RateWindow) -> answers.ScalingPoint:
    rates = window.rates(task)
    ready = [info for info in seen.workers if info.task == task and info.state is WorkerState.READY]
    ledger = seen.ledgers.get(task)
    return answers.ScalingPoint(
        at=seen.at,
        offered_fps=round(rates.pushed, 2) if ledger else None,
        inferred_fps=round(rates.inferred, 2) if ledger else None,
        dropped_fps=round(rates.dropped, 2) if ledger else None,
        scale_ratio=round(sum(info.scale_ratio for info in ready), 3) if ready else None,
        workers=len(ready),
        utilisation=(
            round(sum(info.utilisation for info in ready) / len(ready), 3) if ready else None
        ),
        queue_depth=ledger.total.queued if ledger else None,
    )
