"""The rule of `kubernetes/scaling/offered-work-rule.yaml` for machines without Prometheus.

The signal is the summed rate of the workers' counters of offered work over a common window, as the
maximum of the last few seconds. It is missing while fewer workers are scraped than the registry
counts. The rate is that of Prometheus: increase between the first and the last sample of the
window, corrected for counter resets and extrapolated to the edges of the window within the spacing
of the samples. As in Prometheus, the work of an ended worker still counts inside the window.

There are two differences. Prometheus scrapes each worker at a different time, the local runner all
at once. Prometheus evaluates at whole seconds of its clock, this
module at whole seconds before now.
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
    """Parameters of the rule file."""

    record: str  #: name of the recorded metric
    window_seconds: float  #: window of the rate
    hold_seconds: float  #: the maximum rate of all windows that ended within this time counts
    interval_seconds: float  #: interval of evaluations and scrapes


def load_rule(path: Path) -> OfferedWorkRule:
    """Read the recording rule of a Prometheus rule file.

    Raises:
        SettingsError: The file cannot be read, or is not one rule with one window and one hold.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        (group,) = content["groups"]
        (rule,) = group["rules"]
        (window,) = set(_WINDOW.findall(rule["expr"]))
        (hold,) = _HOLD.findall(rule["expr"])
        interval = _INTERVAL.match(group["interval"])
        if interval is None:
            raise ValueError(f"The interval {group['interval']!r} is not in seconds")
        return OfferedWorkRule(rule["record"], float(window), float(hold), float(interval[1]))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        text = " ".join(str(error).split())
        raise SettingsError(f"{path} is not a rule with one window and one hold: {text}") from error


def rate(samples: Sequence[Sample], start: float, end: float) -> float | None:
    """Increase per second, computed like `rate` of Prometheus; None for fewer than two samples.

    Args:
        samples: samples in the window, in order of time.
        start: start of the window, seconds.
        end: end of the window, seconds.
    """
    if len(samples) < 2:
        return None
    (first_at, first), (last_at, last) = samples[0], samples[-1]
    spacing = (last_at - first_at) / (len(samples) - 1)
    increase = last - first + _lost_by_resets(samples)
    before, after = first_at - start, end - last_at
    if increase > 0:  # a counter is never negative: extrapolate back to 0 at most
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
    """Offered work by task, from scraped counters; the caller passes the time."""

    def __init__(self, rule: OfferedWorkRule) -> None:
        self._window = rule.window_seconds
        self._hold = math.ceil(rule.hold_seconds)
        self._tasks: dict[str, dict[str, _Worker]] = {}

    def scrape(self, task: str, worker: str, at: float, counter: float) -> None:
        """Add a worker's `ei_offered_work_seconds_total` at a time in seconds, monotonic."""
        found = self._tasks.setdefault(task, {}).setdefault(worker, _Worker())
        found.samples.append((at, counter))
        found.scraped = True

    def lose(self, task: str, worker: str) -> None:
        """Mark a worker that did not respond; its samples still count until the window passes."""
        found = self._tasks.get(task, {}).get(worker)
        if found is not None:
            found.scraped = False

    def value(self, task: str, now: float, registered: int) -> float | None:
        """Offered load of a task in fully busy workers at a time in seconds.

        None while fewer workers than `registered` (the settled ones), or none, have a rate.
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
