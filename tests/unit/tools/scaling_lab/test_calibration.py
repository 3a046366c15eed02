"""The model against the logs of a real controller."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.scaling_lab import tables
from tools.scaling_lab.calibration import Agreement, agreement, calibrate, recordings
from tools.scaling_lab.document import PAGE, fill

OWN_WINDOWS = {"gauge", "old"}


def test_a_second_agrees_within_one_pod_and_one_sync_period() -> None:
    assert agreement([1] * 40, [2] * 40) == 1.0
    assert agreement([1] * 40, [3] * 40) == 0.0
    late = [1] * 30 + [7] * 30
    assert agreement(late, [1] * 15 + [7] * 45) == 1.0
    assert agreement(late, [7] * 60) == 0.5


@pytest.fixture(scope="module")
def agreements(request: pytest.FixtureRequest) -> list[Agreement]:
    """Every deployment of every log."""
    folder: Path = request.getfixturevalue("test_data") / "scaling"
    return [calibrate(recorded) for recorded in recordings(folder)]


@pytest.mark.data
def test_every_logged_trajectory_is_reproduced_for_95_per_cent_of_the_time(
    agreements: list[Agreement],
) -> None:
    assert len(agreements) == 27
    assert {found.recorded.name for found in agreements if found.share < 0.95} == set()


@pytest.mark.data
def test_a_common_window_is_reproduced_whatever_the_phases(agreements: list[Agreement]) -> None:
    common = [found for found in agreements if found.recorded.signal not in OWN_WINDOWS]
    assert len(common) == 16
    assert min(found.worst for found in common) >= 0.95


@pytest.mark.data
def test_losses_and_pod_seconds_of_a_common_window_are_the_logged_ones(
    agreements: list[Agreement],
) -> None:
    for found in agreements:
        if found.recorded.signal not in OWN_WINDOWS:
            logged, modelled = found.pod_seconds
            assert modelled == pytest.approx(logged, rel=0.02), found.recorded.name
            assert found.lost[1] == pytest.approx(found.lost[0], abs=0.5), found.recorded.name


@pytest.mark.data
def test_the_page_shows_what_the_calibration_prints(agreements: list[Agreement]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    blocks = {"calibrate": lambda: tables.calibration(agreements)}
    assert fill(page, blocks) == page, "run tools/simulate-scaling.sh write"
