"""CPU time, memory, CPU affinity and output of other processes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CpuTime", "cpu_seconds", "memory_bytes", "on_cores", "output_of", "pin"]

_CPUCLOCK_SCHED = 2  # linux/posix-timers.h: what the scheduler counted, nanoseconds


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process, user and system, in seconds.

    Raises:
        ProcessLookupError: The process has ended.
    """
    clock = (~pid << 3) | _CPUCLOCK_SCHED
    try:
        return time.clock_gettime(clock)
    except OSError as error:
        raise ProcessLookupError(f"Process {pid} has ended") from error


def memory_bytes(pid: int) -> int:
    """Resident memory of a process (RSS), in bytes.

    Raises:
        FileNotFoundError: The process has ended.
    """
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def pin(pid: int, cores: Collection[int]) -> None:
    """Bind every thread of a process to these processors; later threads inherit it."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)


def on_cores(cores: Collection[int]) -> tuple[str, ...]:
    """Command prefix that binds a program to these processors from its start."""
    return "taskset", "--cpu-list", ",".join(map(str, sorted(cores)))


def output_of(*command: str) -> str:
    """Standard output of a program; empty if it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


@dataclass(slots=True)
class CpuTime:
    """CPU time and wall time of processes since the construction of this object.

    Attributes:
        pids: process ids.
    """

    pids: tuple[int, ...]
    _cpu: float = 0.0
    _wall: float = 0.0

    def __post_init__(self) -> None:
        self._cpu, self._wall = self._now(), time.monotonic()

    def _now(self) -> float:
        return sum(map(cpu_seconds, self.pids))

    @property
    def cpu(self) -> float:
        """Core-seconds."""
        return self._now() - self._cpu

    @property
    def wall(self) -> float:
        """Seconds."""
        return time.monotonic() - self._wall
