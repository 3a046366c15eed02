"""Offered work is the summed rate over one window, and missing while a worker is not scraped."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from apps.runtime.errors import SettingsError
from apps.scaling.hpa_algorithm import SYNC_SECONDS
from apps.scaling.offered_work import OfferedWork, Sample, load_rule, rate

RULE = Path(__file__).parents[3] / "kubernetes" / "scaling" / "offered-work-rule.yaml"
SHIPPED = load_rule(RULE)


def scraped(slopes: dict[str, float], *, until: int = 60, since: int = 0) -> OfferedWork:
    """Workers whose counters rise steadily, scraped every 5 s from `since` to `until`."""
    work = OfferedWork(SHIPPED)
    for at in range(since, until + 1, 5):
        for worker, slope in slopes.items():
            work.scrape("people", worker, at, slope * at)
    return work


def test_the_shipped_rule_has_one_window_of_three_scrapes_held_for_one_sync_period() -> None:
    assert SHIPPED.record == "ei_offered_work"
    assert SHIPPED.window_seconds == 3 * SHIPPED.interval_seconds == 15
    assert SHIPPED.hold_seconds == SYNC_SECONDS


def test_a_rule_file_with_two_windows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(RULE.read_text().replace("total[15s]", "total[30s]", 1))
    with pytest.raises(SettingsError, match="is not a rule with one window"):
        load_rule(path)


def test_the_rates_of_all_workers_add_up() -> None:
    work = scraped({"a": 1.0, "b": 0.5, "c": 0.25})
    assert work.value("people", 60, registered=3) == pytest.approx(1.75)


def test_tasks_are_counted_separately() -> None:
    work = scraped({"a": 1.0})
    assert work.value("face", 60, registered=0) is None


def test_the_value_is_missing_while_fewer_workers_are_scraped_than_registered() -> None:
    work = scraped({"a": 1.0, "b": 0.5})
    assert work.value("people", 60, registered=3) is None


def test_the_value_is_missing_while_a_worker_does_not_respond() -> None:
    work = scraped({"a": 1.0, "b": 0.5})
    work.lose("people", "b")
    assert work.value("people", 60, registered=2) is None


def test_a_worker_that_responds_again_counts_again() -> None:
    work = scraped({"a": 1.0, "b": 0.5})
    work.lose("people", "b")
    work.scrape("people", "b", 65, 0.5 * 65)
    work.scrape("people", "a", 65, 65)
    assert work.value("people", 65, registered=2) == pytest.approx(1.5)


def test_the_work_of_an_ended_worker_counts_while_it_is_in_the_window() -> None:
    work = scraped({"a": 1.0, "b": 1.0})
    work.lose("people", "b")
    for at in range(65, 95, 5):
        work.scrape("people", "a", at, at)
    assert work.value("people", 65 + 15, registered=1) == pytest.approx(2.0)
    assert work.value("people", 75 + 15, registered=1) == pytest.approx(1.0)


def test_a_burst_between_two_decisions_still_counts() -> None:
    work = OfferedWork(SHIPPED)
    counter = 0.0
    for at in range(0, 100, 5):
        work.scrape("people", "a", at, counter)
        counter += 5 * (4.0 if 40 <= at < 55 else 1.0)
    assert work.value("people", 55, registered=1) == pytest.approx(4.0)
    assert work.value("people", 70, registered=1) == pytest.approx(4.0)
    assert work.value("people", 86, registered=1) == pytest.approx(1.0)


def test_a_worker_younger_than_two_scrapes_does_not_count() -> None:
    work = scraped({"a": 1.0})
    work.scrape("people", "new", 60, 0.5)
    assert work.value("people", 60, registered=1) == pytest.approx(1.0)


def test_a_counter_reset_is_corrected() -> None:
    work = OfferedWork(SHIPPED)
    for at, counter in ((45, 100.0), (50, 105.0), (55, 2.0), (60, 7.0)):
        work.scrape("people", "a", at, counter)
    assert work.value("people", 60, registered=1) == pytest.approx((5 + 2 + 5) / 15)


def test_without_scraped_workers_the_value_is_missing_rather_than_zero() -> None:
    assert OfferedWork(SHIPPED).value("people", 60, registered=0) is None
    work = scraped({"a": 1.0})
    work.lose("people", "a")
    assert work.value("people", 60, registered=0) is None


def test_a_rate_survives_one_missed_scrape() -> None:
    work = scraped({"a": 1.0}, until=50)
    work.scrape("people", "a", 60, 60)
    assert work.value("people", 61, registered=1) == pytest.approx(1.0, rel=0.1)


@given(st.floats(0, 5), st.floats(0, 4.9), st.integers(0, 30))
def test_a_steady_counter_gives_its_slope_at_any_phase(
    slope: float, phase: float, late: int
) -> None:
    end = 100 + late / 10
    samples = [(at + phase, slope * (at + phase)) for at in range(0, 110, 5)]
    inside = [sample for sample in samples if end - 15 <= sample[0] <= end]
    assert rate(inside, end - 15, end) == pytest.approx(slope)


# The window closes at 100 s; samples every 5 s at whole seconds.
SERIES: list[list[Sample]] = [
    [(85, 10), (90, 11), (95, 12), (100, 13)],
    [(88, 10), (93, 15), (98, 16)],
    [(90, 0.0), (95, 4)],
    [(95, 1), (100, 6)],
    [(86, 50), (91, 1), (96, 3)],
    [(85, 7), (90, 7.5)],
    [(100, 3)],
]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool on this machine")
def test_a_rate_equals_that_of_prometheus_for_the_same_samples(tmp_path: Path) -> None:
    tests = []
    for number, samples in enumerate(SERIES):
        value = rate(samples, 85, 100)
        series = f'x{{series="{number}"}}'
        near = {"labels": f'{{series="{number}"}}', "value": 1}
        tests.append(
            {
                "interval": "1s",
                "input_series": [{"series": series, "values": _values(samples)}],
                "promql_expr_test": [
                    {
                        "expr": f"abs(rate({series}[15s]) - {value or 0!r}) < bool 1e-9",
                        "eval_time": "100s",
                        "exp_samples": [] if value is None else [near],
                    }
                ],
            }
        )
    path = tmp_path / "rate.yaml"
    path.write_text(yaml.safe_dump({"evaluation_interval": "1s", "tests": tests}))
    command = ["promtool", "test", "rules", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _values(samples: list[Sample]) -> str:
    known = dict(samples)
    return " ".join(str(known.get(at, "_")) for at in range(101))
