"""No service calls anything but its configured sources, Redis, and its own ports."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.local_system import LocalSystem

WATCHED = Path(__file__).parent / "watched_lookups"
LOCAL = {"127.0.0.1", "localhost", "None", "0.0.0.0", ""}


@pytest.mark.redis
def test_no_name_is_resolved_and_nothing_is_written_to_the_home_folder(tmp_path: Path) -> None:
    lookups, home = tmp_path / "lookups", tmp_path / "home"
    home.mkdir()
    lookups.touch()
    paths = os.pathsep.join([str(WATCHED), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    system = LocalSystem(
        log=tmp_path / "log",
        variables={"PYTHONPATH": paths, "WATCHED_LOOKUPS": str(lookups), "HOME": str(home)},
    )
    try:
        system.until(lambda: any(stream["inferred_fps"] > 0 for stream in system.streams()), 60)
    finally:
        assert system.stop() == 0
    assert set(lookups.read_text().splitlines()) - LOCAL == set()
    assert list(home.rglob("*")) == []
