"""The program that people type."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
OTHERS = ROOT / "tools" / "scaling_lab" / "others"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.scaling_lab", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def words(text: str) -> str:
    return " ".join(text.replace("\n> ", " ").split())


def test_check_finds_no_fault_in_the_shipped_policy() -> None:
    done = run("check", str(ROOT / "kubernetes" / "scaling" / "hpa.yaml"))
    assert (done.returncode, done.stdout.strip()[-15:]) == (0, "No faults found")


def test_check_explains_why_a_policy_cycles_as_quoted_on_the_page() -> None:
    done = run("check", str(OTHERS / "drops.yaml"))
    assert done.returncode == 1
    page = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    (quoted,) = re.findall(r"\n> (limit cycle: .*?)\n\n", page, re.DOTALL)
    assert words(quoted) in words(done.stdout)


def test_compare_takes_a_recorded_load_and_a_policy_of_ones_own(tmp_path: Path) -> None:
    trace = tmp_path / "day.csv"
    trace.write_text("fps\n" + "40\n" * 300)
    done = run("compare", "--trace", str(trace), str(OTHERS / "cpu.yaml"))
    assert done.returncode == 0, done.stderr
    assert [line.split(" | ")[1] for line in done.stdout.splitlines()[2:5]] == [
        "ours", "cpu", "oracle",
    ]  # fmt: skip


def test_plan_takes_a_site_of_ones_own() -> None:
    done = run("plan", "--cameras", "200", "--fps", "5")
    assert "| frames per second | 1000 |" in done.stdout


def test_a_policy_that_cannot_be_read_ends_with_one_line() -> None:
    done = run("check", "missing.yaml")
    assert done.returncode == 2
    assert done.stderr.startswith("simulate-scaling: missing.yaml: ")
    assert len(done.stderr.splitlines()) == 1
