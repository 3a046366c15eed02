"""The recording rule, run by promtool, gives no value while workers are unknown."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

RULE = Path(__file__).parents[3] / "kubernetes" / "scaling" / "offered-work-rule.yaml"

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool on this machine"
)

MINUTE = 12  # scrapes
STALE = "stale"


def counter(pod: str, slope: float, *, task: str = "people", tail: str = "") -> dict[str, str]:
    """A worker's counter, rising `slope` per second for a minute, then `tail`."""
    labels = f'task="{task}", namespace="ei", model="m", pod="{pod}"'
    values = f"0+{slope * 5}x{MINUTE} {tail}".strip()
    return {"series": f"ei_offered_work_seconds_total{{{labels}}}", "values": values}


def settled(number: int, *, pod: str = "gateway-a", task: str = "people") -> dict[str, str]:
    labels = f'task="{task}", namespace="ei", pod="{pod}"'
    return {"series": f"ei_workers_settled{{{labels}}}", "values": f"{number}x{2 * MINUTE}"}


def recorded(tmp_path: Path, series: list[dict[str, str]], at: str, value: float | None) -> str:
    """Errors of promtool for the expectation that the rule records `value`; empty if none."""
    labels = 'ei_offered_work{namespace="ei", task="people"}'
    samples: list[Any] = [] if value is None else [{"labels": labels, "value": value}]
    test = {
        "interval": "5s",
        "input_series": series,
        "promql_expr_test": [
            {"expr": 'ei_offered_work{task="people"}', "eval_time": at, "exp_samples": samples}
        ],
    }
    content = {"rule_files": [str(RULE)], "evaluation_interval": "5s", "tests": [test]}
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump(content))
    command = ["promtool", "test", "rules", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_prometheus_accepts_the_rule() -> None:
    done = subprocess.run(
        ["promtool", "check", "rules", str(RULE)], capture_output=True, check=False
    )
    assert done.returncode == 0


def test_the_workers_of_a_task_add_up(tmp_path: Path) -> None:
    series = [counter("a", 1.0), counter("b", 0.5), counter("x", 1.0, task="face"), settled(2)]
    assert not recorded(tmp_path, series, "1m", 1.5)


def test_a_task_with_one_worker_that_is_not_scraped_has_no_value(tmp_path: Path) -> None:
    series = [counter("a", 1.0), counter("b", 0.5), settled(3)]
    assert not recorded(tmp_path, series, "1m", None)


def test_the_value_is_missing_at_once_when_a_worker_stops_responding(tmp_path: Path) -> None:
    series = [counter("a", 1.0, tail="65+5x6"), counter("b", 0.5, tail=STALE), settled(2)]
    assert not recorded(tmp_path, series, "1m5s", None)


def test_a_worker_that_also_left_the_registry_is_ignored(tmp_path: Path) -> None:
    series = [counter("a", 1.0, tail="65+5x6"), counter("b", 0.5, tail=STALE), settled(1)]
    assert not recorded(tmp_path, series, "1m30s", 1.0)


def test_the_largest_rate_since_the_last_decision_counts(tmp_path: Path) -> None:
    burst = "75 90 105 110+5x9"  # three scrapes at 3.0 after a minute at 1.0
    series = [counter("a", 1.0, tail=burst), settled(1)]
    assert not recorded(tmp_path, series, "1m30s", 3.0)
    assert not recorded(tmp_path, series, "1m50s", 1.0)


def test_without_a_gateway_there_is_no_value(tmp_path: Path) -> None:
    assert not recorded(tmp_path, [counter("a", 1.0)], "1m", None)


def test_of_two_gateways_the_larger_number_of_workers_counts(tmp_path: Path) -> None:
    series = [counter("a", 1.0), settled(1), settled(2, pod="gateway-b")]
    assert not recorded(tmp_path, series, "1m", None)


def test_a_young_worker_adds_to_the_value_before_it_is_settled(tmp_path: Path) -> None:
    series = [counter("a", 1.0), counter("b", 0.5), settled(1)]
    assert not recorded(tmp_path, series, "1m", 1.5)


@pytest.mark.parametrize("seconds", range(0, 40, 5))
def test_a_started_prometheus_records_nothing_or_the_whole_load(
    tmp_path: Path, seconds: int
) -> None:
    """Counters that already ran for long are first scraped after 25 seconds."""
    late = "_x5 "
    series = [
        counter("a", 0.8) | {"values": f"{late}1000+4x{MINUTE}"},
        settled(1) | {"values": f"{late}1x{MINUTE}"},
    ]
    expected = 0.8 if seconds >= 10 else None
    assert recorded(tmp_path, series, f"{25 + seconds}s", expected) == ""


def test_a_missed_scrape_of_the_gateway_does_not_withhold_the_signal(tmp_path: Path) -> None:
    gap = settled(1) | {"values": f"1x{MINUTE - 3} _ 1x4"}
    assert recorded(tmp_path, [counter("a", 0.8), gap], f"{5 * MINUTE}s", 0.8) == ""
