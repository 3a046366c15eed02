"""Processes in a real control group with a CPU quota, of the version on this machine."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import soak_factor

ROOT = Path(__file__).resolve().parents[3]
PERIOD = 100_000
_V1, _V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
_CODE = (
    "import os, sys; open(sys.argv[1], 'w').write(str(os.getpid()))\n"
    "from apps.runtime.cpu_quota import allowed_cores, threads\n"
    "print(allowed_cores(), threads())\n"
)


def _limits(folder: Path, cores: float) -> dict[str, str]:
    quota = int(cores * PERIOD)
    if (folder / "cpu.max").exists():
        return {"cpu.max": f"{quota} {PERIOD}"}
    return {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": str(quota)}


@pytest.fixture
def group() -> Iterator[Path]:
    """A new control group; the test is skipped if none may be created."""
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


def set_quota(group: Path, cores: float) -> None:
    try:
        for name, value in _limits(group, cores).items():
            (group / name).write_text(value)
    except OSError as error:
        pytest.skip(f"no quota can be set here: {error.strerror}")


@pytest.mark.parametrize(("cores", "threads"), [(0.5, 1), (1.0, 1), (1.5, 2)])
def test_a_process_reads_the_quota_of_its_control_group(
    group: Path, cores: float, threads: int
) -> None:
    if len(os.sched_getaffinity(0)) < cores:
        pytest.skip(f"this machine has fewer than {cores} cores")
    set_quota(group, cores)
    done = subprocess.run(
        [sys.executable, "-c", _CODE, str(group / "cgroup.procs")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [str(cores), str(threads)]


@pytest.mark.soak
@pytest.mark.data
def test_a_worker_under_a_quota_is_as_fast_as_one_pinned_to_the_same_cores(
    group: Path, test_data: Path
) -> None:
    """Compares the best of three alternating rounds, because the machine may be busy."""
    if soak_factor() < 1:
        pytest.skip("throughput is measured with tools/test.sh --full")
    set_quota(group, 1.0)
    core = min(os.sched_getaffinity(0))
    best = {"quota": 0.0, "pinned": 0.0}
    for _ in range(3):
        for way, join, prefix in (
            ("quota", str(group / "cgroup.procs"), []),
            ("pinned", "", ["taskset", "-c", str(core)]),
        ):
            done = subprocess.run(
                [*prefix, sys.executable, "-m", "tests.integration.pipeline.quota_bench", join,
                 str(test_data / "models"), "4"],
                cwd=ROOT, capture_output=True, text=True, check=True,
            )  # fmt: skip
            threads, rate = done.stdout.split()
            assert threads == "1"
            best[way] = max(best[way], float(rate))
    assert best["quota"] >= 0.9 * best["pinned"], best
