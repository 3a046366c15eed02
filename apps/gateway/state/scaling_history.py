"""The last quarter of an hour of every task, for the charts of the dashboard."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from apps.gateway.api import answers
from apps.gateway.state.moment import Moment, Window
from apps.gateway.state.snapshot import Snapshot
from apps.pipeline.messages import WorkerState

__all__ = ["ScalingHistory"]

_STEP_US = 1_900_000  # one point per two rounds of the housekeeper
_POINTS = 450

#: Without an autoscaler that says so.
_DEFAULT_TARGET = 0.8


class ScalingHistory:
    """Points of every task, and the decisions of the autoscaler."""

    def __init__(self) -> None:
        self._points: dict[str, deque[answers.ScalingPoint]] = {}
        self._last_at = 0
        self._moment = Moment(at=0)

    def add(self, moment: Moment, window: Window) -> None:
        """Remember this moment, if it is time for another point."""
        self._moment = moment
        if 0 <= moment.at - self._last_at < _STEP_US:
            return
        self._last_at = moment.at
        for task in moment.tasks:
            points = self._points.setdefault(task, deque(maxlen=_POINTS))
            points.append(_point(task, moment, window))

    def since(self, since: int, snapshot: Snapshot) -> answers.Scaling:
        """What happened later than `since`, microseconds of Redis' clock."""
        events = [
            answers.ScalingStep(
                time=event.at, task=event.task, before=event.before, after=event.after,
                reason=event.reason,
            )
            for event in self._moment.events
            if event.at > since
        ]  # fmt: skip
        tasks = [self._series(task, since, snapshot) for task in snapshot.tasks]
        return answers.Scaling(now=snapshot.now, tasks=tasks, events=events)

    def _series(self, task: str, since: int, snapshot: Snapshot) -> answers.ScalingSeries:
        points = [point for point in self._points.get(task, ()) if point.at > since]
        limits = self._moment.limits.get(task)
        known = snapshot.tasks[task]

        def column(value: Callable[[answers.ScalingPoint], Any]) -> list[Any]:
            return [value(point) for point in points]

        return answers.ScalingSeries(
            task=task,
            model=known.model,
            precision=known.precision,
            device=known.device,
            min_workers=limits.min_workers if limits else 0,
            max_workers=limits.max_workers if limits else 0,
            target=limits.target if limits else _DEFAULT_TARGET,
            times=column(lambda point: point.at),
            offered_fps=column(lambda point: point.offered_fps),
            inferred_fps=column(lambda point: point.inferred_fps),
            dropped_fps=column(lambda point: point.dropped_fps),
            scale_ratio=column(lambda point: point.scale_ratio),
            workers=column(lambda point: point.workers),
            utilisation=column(lambda point: point.utilisation),
            queue_depth=column(lambda point: point.queue_depth),
            workers_now=snapshot.workers.get(task, []),
        )


def _point(task: str, moment: Moment, window: Window) -> answers.ScalingPoint:
    rates = window.rates(task)
    ready = [
        info for info in moment.workers if info.task == task and info.state is WorkerState.READY
    ]
    ledger = moment.ledgers.get(task)
    return answers.ScalingPoint(
        at=moment.at,
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
