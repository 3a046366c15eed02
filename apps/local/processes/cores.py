"""Who owns which processors: a local worker owns its cores for life, so that a core is a pod."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

__all__ = ["choose_cores", "default_max_workers", "share_out"]


def default_max_workers(cores: float, cores_per_worker: int, tasks: int) -> int:
    """Workers at most, all tasks together: what the cores allow, and at least one per task."""
    return max(tasks, math.floor(cores / cores_per_worker))


def choose_cores(
    processors: Sequence[int], owned: Collection[frozenset[int]], count: int
) -> frozenset[int]:
    """The `count` processors that fewest workers own; of equals, the highest numbers.

    The highest, because the lowest do most of the machine's other work. With more workers than
    cores, cores are shared and the signal says less than the truth.
    """
    owners = {number: sum(number in cores for cores in owned) for number in processors}
    best = sorted(processors, key=lambda number: (owners[number], -number))
    return frozenset(best[: max(1, min(count, len(best)))])


def share_out(wanted: Mapping[str, int], total: int) -> dict[str, int]:
    """Workers per task when all together may not exceed `total`: the neediest wait least.

    Every task gets one (even if that exceeds the total), then one more each time for the task that
    has the smallest part of what it wants.

    >>> share_out({"face": 4, "people": 2}, 3)
    {'face': 2, 'people': 1}
    """
    given = {task: min(1, count) for task, count in wanted.items()}
    while sum(given.values()) < total:
        lacking = [task for task, count in wanted.items() if given[task] < count]
        if not lacking:
            break
        neediest = min(lacking, key=lambda task: (given[task] / wanted[task], task))
        given[neediest] += 1
    return given
