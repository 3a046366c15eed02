"""The rule of `kubernetes/scaling/offered-work-rule.yaml`, for machines without Prometheus.

The signal is the summed rate of the workers' counters of offered work over one common window, the
largest of the last few seconds, and nothing at all while fewer workers are scraped than the
registry counts. The rate is Prometheus' own: increase between the first and the last sample of the
window, counter resets made good, carried on to the window's edges as far as the spacing of the
samples allows. A worker that went away keeps what it did inside the window, as there.

Two differences: Prometheus scrapes each worker at a moment of its own, the local runner all at
once; and Prometheus looks back at whole seconds of its clock, we at whole seconds before now.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from apps.runtime.errors import SettingsError

__all__ = ["OfferedWork", "OfferedWorkRule", "Sample", "load_rule", "rate"]

Sample = tuple[float, float]  # seconds, counter

_WINDOW = re.compile(r"rate\(\w+\[(\d+)s\]\)")
_HOLD = re.compile(r"\[(\d+)s:1s\]")
_INTERVAL = re.compile(r"(\d+)s\Z")


@dataclass(frozen=True, slots=True)
class OfferedWorkRule:
    """What the rule file says.

    Attributes:
        record: name of the recorded metric.
        window_seconds: the common window of the rate.
        hold_seconds: the largest rate of windows that ended within this time counts.
        interval_seconds: between two evaluations, and between two scrapes.
    """

    record: str
    window_seconds: float
    hold_seconds: float
    interval_seconds: float


def load_rule(path: Path) -> OfferedWorkRule:
    """Read the one recording rule of a Prometheus rule file.

    Raises:
        SettingsError: the file cannot be read, or is not one rule with one window and one hold.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        (group,) = content["groups"]
        (rule,) = group["rules"]
        (window,) = set(_WINDOW.findall(rule["expr"]))
        (hold,) = _HOLD.findall(rule["expr"])
        interval = _INTERVAL.match(group["interval"])
        if interval is None:
            raise ValueError(f"its interval {group['interval']!r} is not in seconds")
        return OfferedWorkRule(rule["record"], float(window), float(hold), float(interval[1]))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        text = " ".join(str(error).split())
        raise SettingsError(f"{path} is no rule with one window and one hold: {text}") from error


def rate(samples: Sequence[Sample], start: float, end: float) -> float | None:
    """Rate of a counter over a window, as Prometheus' `rate` computes it.

    Args:
        samples: in order of time, all within the window.
        start: of the window, seconds.
        end: of the window, seconds.

    Returns:
        Increase per second of the window; None when there are not two samples.
    """
    if len(samples) < 2:
        return None
    (first_at, first), (last_at, last) = samples[0], samples[-1]
    spacing = (last_at - first_at) / (len(samples) - 1)
    increase = last - first + _lost_by_resets(samples)
    before, after = first_at - start, end - last_at
    if increase > 0:  # a counter was never below 0: do not reach back further than that
        before = min(before, (last_at - first_at) * first / increase)
    covered = last_at - first_at
    covered += before if before < spacing * 1.1 else spacing / 2
    covered += after if after < spacing * 1.1 else spacing / 2
    return increase * covered / (last_at - first_at) / (end - start)


def _lost_by_resets(samples: Sequence[Sample]) -> float:
    lost, before = 0.0, samples[0][1]
    for _, value in samples:
        if value < before:
            lost += before
        before = value
    return lost


@dataclass(slots=True)
class _Worker:
    samples: list[Sample] = field(default_factory=list)
    scraped: bool = True

    def rate(self, start: float, end: float) -> float | None:
        first = bisect_left(self.samples, (start, -math.inf))
        behind = bisect_right(self.samples, (end, math.inf))
        return rate(self.samples[first:behind], start, end)


class OfferedWork:
    """Offered work of the tasks of one machine, from scraped counters; told the time.

    Args:
        rule: for its window and its hold.
    """

    def __init__(self, rule: OfferedWorkRule) -> None:
        self._window = rule.window_seconds
        self._hold = math.ceil(rule.hold_seconds)
        self._tasks: dict[str, dict[str, _Worker]] = {}

    def scrape(self, task: str, worker: str, at: float, counter: float) -> None:
        """A worker answered a scrape.

        Args:
            task: that it serves.
            worker: its incarnation.
            at: seconds of a clock that never goes back.
            counter: `ei_offered_work_seconds_total`.
        """
        found = self._tasks.setdefault(task, {}).setdefault(worker, _Worker())
        found.samples.append((at, counter))
        found.scraped = True

    def lose(self, task: str, worker: str) -> None:
        """A worker did not answer, or is gone; what it did stays in the window while it lasts."""
        found = self._tasks.get(task, {}).get(worker)
        if found is not None:
            found.scraped = False

    def value(self, task: str, now: float, registered: int) -> float | None:
        """Fully busy workers that the offered load of a task needs.

        Args:
            task: name.
            now: end of the window, seconds.
            registered: workers that the registry counts as settled.

        Returns:
            None while fewer workers than that have a rate, or while nobody has one.
        """
        self._forget(task, now - self._window - self._hold)
        workers = self._tasks.get(task, {})
        start = now - self._window
        scraped = [worker for worker in workers.values() if worker.scraped]
        if sum(worker.rate(start, now) is not None for worker in scraped) < max(registered, 1):
            return None
        return max(
            sum(worker.rate(start - back, now - back) or 0.0 for worker in workers.values())
            for back in range(self._hold + 1)
        )

    def _forget(self, task: str, before: float) -> None:
        workers = self._tasks.get(task, {})
        for name, worker in list(workers.items()):
            worker.samples = [sample for sample in worker.samples if sample[0] >= before]
            if not worker.samples:
                del workers[name]
