"""Loads are frames per second, second by second."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.runtime.errors import SettingsError
from tools.scaling_lab.load import LOADS, pulse, ramp, record, steady, step, wave


def test_the_loads_that_policies_are_compared_on_last_an_hour() -> None:
    assert {len(load.fps) for load in LOADS} == {3600}
    assert len({load.name for load in LOADS}) == len(LOADS)


def test_each_shape_is_what_its_name_says() -> None:
    assert set(steady(7, seconds=10).fps) == {7}
    assert step(1, 2, seconds=6).fps == (1, 1, 2, 2, 1, 1)
    assert pulse(1, 9, width=1, period=3, seconds=6).fps == (9, 1, 1, 9, 1, 1)
    assert wave(0, 10, period=4, seconds=4).fps == pytest.approx((0, 5, 10, 5))
    assert ramp(0, 10, seconds=4).fps == pytest.approx((0, 5, 10, 5))


def test_noise_keeps_the_mean_and_comes_from_its_seed() -> None:
    load = steady(100)
    noisy = load.noisy(seed=1)
    assert noisy == load.noisy(seed=1) != load.noisy(seed=2)
    assert sum(noisy.fps) / len(noisy.fps) == pytest.approx(100, rel=0.02)
    assert noisy.expected == load.fps


def test_a_recorded_load_is_a_column_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text("t,fps\n0,10\n1,12.5\n")
    assert record(path, "fps").fps == (10, 12.5)
    assert record(path, "fps").name == "day"


@pytest.mark.parametrize(
    ("text", "column", "complaint"),
    [("t,fps\n0,1\n", "frames", "no column frames"), ("fps\nx\n", "fps", "x"),
     ("fps\n", "fps", "no rows")],
)  # fmt: skip
def test_a_file_that_is_no_load_is_refused(
    tmp_path: Path, text: str, column: str, complaint: str
) -> None:
    path = tmp_path / "day.csv"
    path.write_text(text)
    with pytest.raises(SettingsError, match=complaint):
        record(path, column)
