"""CPU time that this process may use, from its cgroup quotas and its CPU affinity.

`os.cpu_count()` counts the cores of the machine. In a pod limited to one core on a node with 64
cores, a library that starts one thread per core is throttled for most of every period. The real
limit is the smallest quota of the process's cgroup and all ancestors of that cgroup (v2 `cpu.max`,
v1 `cpu.cfs_quota_us` and `cpu.cfs_period_us`; a hybrid machine has both), and the number of cores
in the affinity mask.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

__all__ = ["allowed_cores", "quota", "threads"]


def allowed_cores(root: Path = Path("/")) -> float:
    """CPU time that this process may use, in cores; greater than 0."""
    pinned = float(len(os.sched_getaffinity(0)))
    limit = quota(root)
    return pinned if limit is None else min(pinned, limit)


def threads() -> int:
    """Number of threads that can run at the same time: the allowed cores, rounded up."""
    return max(1, math.ceil(allowed_cores() - 1e-6))


def quota(root: Path = Path("/")) -> float | None:
    """The smallest CPU quota of this process's cgroups and their ancestors, in cores.

    None if no quota is set or the system has no cgroups.
    """
    limits = [
        limit
        for mount, version in _cgroups(root)
        for directory in mount
        if (limit := _limit(directory, version)) is not None
    ]
    return min(limits, default=None)


def _cgroups(root: Path) -> Iterator[tuple[list[Path], int]]:
    """For each hierarchy that can limit CPU time: the process's folder and its ancestors."""
    own = _own_paths(_text(root / "proc/self/cgroup"))
    for line in _text(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < 5 or len(kind) < 3:
            continue
        version = _version(kind[0], kind[2])
        if version in own:
            mount = root / _unescape(fields[4]).lstrip("/")
            yield _upwards(mount, _inside(own[version], _unescape(fields[3]))), version


def _own_paths(text: str) -> dict[int, str]:
    """Path of the process's cgroup by cgroup version, from `/proc/self/cgroup`."""
    paths = {}
    for line in text.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            paths[2] = path
        elif "cpu" in controllers.split(","):
            paths[1] = path
    return paths


def _version(kind: str, options: str) -> int:
    if kind == "cgroup2":
        return 2
    return 1 if kind == "cgroup" and "cpu" in options.split(",") else 0


def _inside(path: str, mounted: str) -> str:
    """The cgroup path relative to the mount point of the sub-tree `mounted`.

    In a container, the root of the mount is often the process's cgroup, while `path` is the path
    on the host.
    """
    own, shown = PurePosixPath(path), PurePosixPath(mounted)
    if own.is_relative_to(shown):
        return str(own.relative_to(shown))
    return "."


def _upwards(mount: Path, below: str) -> list[Path]:
    directory = mount / below.lstrip("/")
    found = [mount]
    while directory != mount and mount in directory.parents:
        found.append(directory)
        directory = directory.parent
    return found


def _limit(directory: Path, version: int) -> float | None:
    if version == 2:
        words = _text(directory / "cpu.max").split()
    else:
        words = [
            *_text(directory / "cpu.cfs_quota_us").split(),
            *_text(directory / "cpu.cfs_period_us").split(),
        ]
    if len(words) != 2 or not words[0].isdigit() or not words[1].isdigit():
        return None  # no limit (`max`, -1), or no such file
    allowed, period = int(words[0]), int(words[1])
    return allowed / period if allowed and period else None


def _unescape(path: str) -> str:
    """A path from mountinfo, with its octal escapes replaced."""
    return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # another cgroup version, or no cgroups
