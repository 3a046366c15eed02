"""Assignment of processors to workers; a worker bound to one core corresponds to a pod."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

__all__ = ["choose_cores", "default_max_workers", "share_out"]


def default_max_workers(cores: float, cores_per_worker: int, tasks: int) -> int:
    """Maximum number of workers for all tasks: what the cores allow, at least one per task."""
    return max(tasks, math.floor(cores / cores_per_worker))


def choose_cores(
    processors: Sequence[int], owned: Collection[frozenset[int]], count: int
) -> frozenset[int]:
    """The `count` processors with the fewest workers; the highest numbers first among equals.

    The lowest numbers do most of the machine's other work. With more workers than cores, workers
    share cores and the scaling signal is too low.
    """
    owners = {number: sum(number in cores for cores in owned) for number in processors}
    best = sorted(processors, key=lambda number: (owners[number], -number))
    return frozenset(best[: max(1, min(count, len(best)))])


def share_out(wanted: Mapping[str, int], total: int) -> dict[str, int]:
    """Divide at most `total` workers among the tasks.

    Every task gets one worker (even if that exceeds the total). Each further worker goes to the
    task with the smallest share of its desired number.

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
