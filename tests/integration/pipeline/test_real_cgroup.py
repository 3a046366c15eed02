"""Inside a real control group with a CPU quota, of whichever kind this machine has."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PERIOD = 100_000
_V1, _V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
_CODE = (
    "import os, sys; open(sys.argv[1], 'w').write(str(os.getpid()))\n"
    "from apps.pipeline.cpu_quota import allowed_cores, threads\n"
    "print(allowed_cores(), threads())\n"
)


def _limits(folder: Path, cores: float) -> dict[str, str]:
    quota = int(cores * PERIOD)
    if (folder / "cpu.max").exists():
        return {"cpu.max": f"{quota} {PERIOD}"}
    return {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": str(quota)}


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group of our own; the test is skipped where none may be made."""
    parent = _V1 if (_V1 / "cgroup.procs").exists() else _V2
    folder = parent / f"ei-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made at {parent}: {error.strerror}")
    try:
        if not list(folder.glob("cpu.max")) + list(folder.glob("cpu.cfs_quota_us")):
            pytest.skip(f"control groups at {parent} do not limit CPU time")
        yield folder
    finally:
        deadline = time.monotonic() + 5
        while folder.exists() and time.monotonic() < deadline:
            with contextlib.suppress(OSError):  # busy until its last process is gone
                folder.rmdir()


@pytest.mark.parametrize(("cores", "threads"), [(0.5, 1), (1.0, 1), (1.5, 2)])
def test_a_process_sees_the_quota_that_it_runs_under(
    group: Path, cores: float, threads: int
) -> None:
    if len(os.sched_getaffinity(0)) < cores:
        pytest.skip(f"this machine has fewer than {cores} cores")
    try:
        for name, value in _limits(group, cores).items():
            (group / name).write_text(value)
    except OSError as error:
        pytest.skip(f"no quota can be set here: {error.strerror}")
    done = subprocess.run(
        [sys.executable, "-c", _CODE, str(group / "cgroup.procs")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [str(cores), str(threads)]
