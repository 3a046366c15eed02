"""The CPU limit of a process is found in all cgroup versions and hierarchies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from apps.runtime.cpu_quota import allowed_cores, quota, threads

V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup rw,nsdelegate\n"
V1_MOUNT = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"


def machine(root: Path, *, cgroup: str, mounts: str, files: dict[str, str]) -> Path:
    """A folder with the files of a root file system."""
    contents = {"proc/self/cgroup": cgroup, "proc/self/mountinfo": mounts, **files}
    for name, text in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_a_quota_of_version_2_is_read(tmp_path: Path) -> None:
    root = machine(
        tmp_path, cgroup="0::/pod\n", mounts=V2_MOUNT,
        files={"sys/fs/cgroup/pod/cpu.max": "150000 100000\n"},
    )  # fmt: skip
    assert quota(root) == 1.5


def test_the_smallest_quota_of_all_ancestors_wins(tmp_path: Path) -> None:
    root = machine(
        tmp_path, cgroup="0::/slice/pod/container\n", mounts=V2_MOUNT,
        files={
            "sys/fs/cgroup/slice/cpu.max": "400000 100000\n",
            "sys/fs/cgroup/slice/pod/cpu.max": "50000 100000\n",
            "sys/fs/cgroup/slice/pod/container/cpu.max": "max 100000\n",
        },
    )  # fmt: skip
    assert quota(root) == 0.5


def test_a_quota_of_version_1_is_read(tmp_path: Path) -> None:
    root = machine(
        tmp_path, cgroup="4:memory:/m\n3:cpu,cpuacct:/docker/abc\n", mounts=V1_MOUNT,
        files={
            "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "200000\n",
            "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
        },
    )  # fmt: skip
    assert quota(root) == 2.0


def test_minus_one_in_version_1_means_no_quota(tmp_path: Path) -> None:
    root = machine(
        tmp_path, cgroup="3:cpu,cpuacct:/\n", mounts=V1_MOUNT,
        files={
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        },
    )  # fmt: skip
    assert quota(root) is None


def test_both_versions_are_read_on_a_hybrid_machine(tmp_path: Path) -> None:
    root = machine(
        tmp_path, cgroup="3:cpu,cpuacct:/a\n0::/b\n", mounts=V1_MOUNT + V2_MOUNT,
        files={
            "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "300000\n",
            "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/b/cpu.max": "250000 100000\n",
        },
    )  # fmt: skip
    assert quota(root) == 2.5


def test_the_root_of_the_mount_may_be_the_cgroup_of_the_container(tmp_path: Path) -> None:
    root = machine(
        tmp_path, cgroup="3:cpu,cpuacct:/kubepods/pod1/c1\n",
        mounts=V1_MOUNT.replace("0:29 / ", "0:29 /kubepods/pod1/c1 "),
        files={
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "100000\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        },
    )  # fmt: skip
    assert quota(root) == 1.0


def test_a_path_outside_the_mount_falls_back_to_the_mount(tmp_path: Path) -> None:
    root = machine(
        tmp_path, cgroup="0::/../../other\n", mounts=V2_MOUNT,
        files={"sys/fs/cgroup/cpu.max": "70000 100000\n"},
    )  # fmt: skip
    assert quota(root) == 0.7


def test_a_mount_point_with_a_blank_is_found(tmp_path: Path) -> None:
    root = machine(
        tmp_path, cgroup="0::/\n", mounts=V2_MOUNT.replace("/sys/fs/cgroup", "/sys/my\\040groups"),
        files={"sys/my groups/cpu.max": "100000 100000\n"},
    )  # fmt: skip
    assert quota(root) == 1.0


@pytest.mark.parametrize("text", ["", "max 100000", "0 100000", "100000 0", "-5 100000", "rubbish"])
def test_an_invalid_quota_is_ignored(tmp_path: Path, text: str) -> None:
    root = machine(
        tmp_path, cgroup="0::/\n", mounts=V2_MOUNT, files={"sys/fs/cgroup/cpu.max": text}
    )
    assert quota(root) is None


def test_a_machine_without_cgroups_has_no_quota(tmp_path: Path) -> None:
    assert quota(tmp_path) is None
    assert allowed_cores(tmp_path) == len(os.sched_getaffinity(0))


def test_affinity_limits_a_generous_quota(tmp_path: Path) -> None:
    root = machine(
        tmp_path, cgroup="0::/\n", mounts=V2_MOUNT,
        files={"sys/fs/cgroup/cpu.max": "9900000 100000\n"},
    )  # fmt: skip
    assert allowed_cores(root) == len(os.sched_getaffinity(0))


def test_a_small_quota_limits_below_the_affinity(tmp_path: Path) -> None:
    root = machine(
        tmp_path, cgroup="0::/\n", mounts=V2_MOUNT,
        files={"sys/fs/cgroup/cpu.max": "25000 100000\n"},
    )  # fmt: skip
    assert allowed_cores(root) == 0.25


def test_there_is_at_least_one_thread() -> None:
    assert 1 <= threads() <= len(os.sched_getaffinity(0))
