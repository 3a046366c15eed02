"""Workers come and go with the load, by the HPA's own algorithm, and never more than needed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, soak_factor
from tests.support.local_system import LocalSystem
from tests.support.waiting import promised

pytestmark = [pytest.mark.redis, pytest.mark.timeout(600)]

#: Every time of the HPA is divided by this; the signal's window and hold are not.
SCALE = 3
SYNC = 15 / SCALE
WINDOW = 15
#: The shipped manifest waits 300 s before it lets go; an ordinary run of the tests waits less.
STABILISATION = 300 if soak_factor() >= 1 else 60
#: For starting processes, and for a machine that does other things too.
SLACK = promised(4)
UP_WITHIN = WINDOW + 2 * SYNC + SLACK
DOWN_WITHIN = 2 * WINDOW + STABILISATION / SCALE + 3 * SYNC + SLACK

#: With what starting and ending a request costs, one stream of 20 pictures per second is 0.94
#: workers' worth and four are 3.7: two and five workers at target 0.8. At exactly 4.0 the backlog
#: that waited while workers started (0.1) would ask for a sixth.
STUB = "stub:slots=1,ms=46"

STREAMS = """
streams:
  - {name: one, source: "synthetic:pattern?size=160x120&fps=20"}
  - {name: two, source: "synthetic:pattern?size=160x120&fps=20"}
  - {name: three, source: "synthetic:pattern?size=160x120&fps=20"}
  - {name: four, source: "synthetic:pattern?size=160x120&fps=20"}
"""

_CHANGE = re.compile(r"people: (\d+) → (\d+) workers?: (.+)")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[LocalSystem]:
    (tmp_path / "streams.yaml").write_text(STREAMS)
    shipped = (ROOT / "kubernetes" / "scaling" / "hpa.yaml").read_text()
    window = "stabilizationWindowSeconds: {}"
    assert window.format(300) in shipped
    (tmp_path / "hpa.yaml").write_text(
        shipped.replace(window.format(300), window.format(STABILISATION))
    )
    running = LocalSystem(
        "--model", STUB, "--task", "people", "--max-workers", "8",
        "--time-scale", str(SCALE), "--config", str(tmp_path / "streams.yaml"),
        "--hpa", str(tmp_path / "hpa.yaml"),
        log=tmp_path / "log.txt",
    )  # fmt: skip
    yield running
    running.kill()


def pause(system: LocalSystem, *, paused: bool) -> None:
    for name in ("two", "three", "four"):
        system.send("PATCH", f"/api/streams/{name}:people", {"paused": paused})


def changes(system: LocalSystem) -> list[tuple[int, int]]:
    """Every change so far, as the runner printed it: from how many workers to how many."""
    return [(int(old), int(new)) for old, new, _ in _CHANGE.findall(system.text)]


def wanted(system: LocalSystem) -> int:
    """Workers that the autoscaler wants now; it begins with one."""
    return changes(system)[-1][1] if changes(system) else 1


def workers(system: LocalSystem) -> int:
    """Workers that are there."""
    return int(system.get("/api/tasks")["tasks"][0]["workers"])


def settle(system: LocalSystem, count: int, seconds: float) -> float:
    """Want that many workers in time, have them, and stay so for three evaluations.

    Returns:
        Seconds until that many were wanted.
    """
    began = time.monotonic()
    system.until(lambda: wanted(system) == count, seconds)
    took = time.monotonic() - began
    system.until(lambda: workers(system) == count, 120)
    deadline = time.monotonic() + 3 * SYNC
    while time.monotonic() < deadline:
        assert wanted(system) == count, system.text[-2000:]
        time.sleep(0.3)
    return took


def test_load_of_1_4_1_workers_settles_at_2_5_2_with_nothing_in_between(
    system: LocalSystem,
) -> None:
    system.until(lambda: len(system.streams()) == 4, 120)
    pause(system, paused=True)
    system.until(lambda: changes(system), 120)
    settle(system, 2, DOWN_WITHIN + UP_WITHIN)
    before = len(changes(system))
    pause(system, paused=False)
    up = settle(system, 5, UP_WITHIN)
    pause(system, paused=True)
    began = time.monotonic()
    system.until(lambda: wanted(system) < 5, DOWN_WITHIN)
    stayed = time.monotonic() - began
    down = settle(system, 2, DOWN_WITHIN) + stayed
    print(f"5 wanted after {up:.0f} s; the first left after {stayed:.0f} s, 2 after {down:.0f} s")

    made = changes(system)[before:]
    rise = [pair for pair in made if pair[1] > pair[0]]
    fall = [pair for pair in made if pair[1] < pair[0]]
    assert made == rise + fall, "one rise, then one fall"
    assert max(new for _, new in made) == 5
    assert min(new for _, new in fall) == 2
    assert stayed > STABILISATION / SCALE - SYNC


def test_each_change_is_printed_with_its_reason(system: LocalSystem) -> None:
    system.until(lambda: changes(system), 120)
    (_, _, reason), *_ = _CHANGE.findall(system.text)
    assert re.match(r"offered work \d+\.\d\d needs \d workers? at target 0\.80", reason)
