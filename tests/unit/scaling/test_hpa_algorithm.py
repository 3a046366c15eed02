"""The autoscaler decides as Kubernetes' controller does, and never on a missing metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.scaling.hpa_algorithm import SYNC_SECONDS, Autoscaler, Decision
from apps.scaling.hpa_manifest import load_policy
from apps.scaling.hpa_policy import HpaPolicy, ScalingRateLimit, ScalingRules

SHIPPED = load_policy(Path(__file__).parents[3] / "kubernetes" / "scaling" / "hpa.yaml")

works = st.floats(0, 40, allow_nan=False)
readings = st.lists(st.none() | works, max_size=80)


def run(
    metric: Sequence[float | None],
    *,
    policy: HpaPolicy = SHIPPED,
    start: int = 1,
    scale: float = 1.0,
) -> list[Decision]:
    """Decisions of an autoscaler for one reading per sync period."""
    autoscaler = Autoscaler(policy, scale)
    decisions: list[Decision] = []
    current = start
    for number, value in enumerate(metric):
        decision = autoscaler.decide(number * autoscaler.sync_period, current, value)
        current = decision.replicas
        decisions.append(decision)
    return decisions


def replicas(metric: Sequence[float | None], **more: object) -> list[int]:
    return [decision.replicas for decision in run(metric, **more)]  # type: ignore[arg-type]


def test_offered_work_divided_by_the_target_is_rounded_up() -> None:
    assert replicas([4.03]) == [5]  # 6 are needed; 1 may become 5 in one step
    assert replicas([4.03], start=2) == [6]


def test_a_decision_says_its_reason_in_one_sentence() -> None:
    (decision,) = run([4.03], start=2)
    assert decision.reason == "offered work 4.03 needs 6 workers at target 0.80; was 2"


def test_a_decision_not_to_change_has_a_reason() -> None:
    (decision,) = run([1.0], start=2)
    assert decision.reason == "offered work 1.00 suits 2 workers at target 0.80"


def test_a_step_up_is_limited_to_double_or_four_more_in_a_period() -> None:
    assert replicas([40.0] * 4) == [5, 10, 20, 30]
    assert run([40.0])[0].reason.endswith("5 is the limit of one step; was 1")


def test_the_largest_number_is_the_policys_maximum() -> None:
    decisions = run([40.0], start=29)
    assert decisions[0].replicas == 30
    assert decisions[0].reason.endswith("1 to 30 workers allowed; was 29")


def test_a_number_outside_the_range_is_corrected_for_any_metric() -> None:
    assert replicas([None], start=31) == [30]
    assert replicas([None], start=0, policy=replace(SHIPPED, min_replicas=0)) == [0]


def test_scaling_to_zero_manually_switches_the_autoscaler_off() -> None:
    (decision,) = run([5.0], start=0)
    assert decision == Decision(0, "scaled to 0 manually: the autoscaler is off")


def test_a_missing_metric_holds() -> None:
    decisions = run([4.0, None, None], start=5)
    assert [decision.replicas for decision in decisions] == [5, 5, 5]
    assert decisions[1].reason == "offered work is unknown; keeps 5 workers"


def test_workers_go_only_after_the_stabilisation_window() -> None:
    taken = replicas([4.0] * 4 + [1.0] * 24, start=5)
    assert taken == [5] * (4 + 19) + [2] * 5


def test_a_delayed_decision_names_the_stabilisation_window() -> None:
    decision = run([4.0] * 4 + [1.0], start=5)[-1]
    assert decision.reason == (
        "offered work 1.00 needs 2 workers at target 0.80; 5 is the most needed within 300 s"
    )


def test_the_workers_that_a_new_autoscaler_finds_count_as_needed() -> None:
    assert replicas([1.0] * 21, start=5) == [5] * 20 + [2]


def test_a_burst_within_the_window_keeps_the_workers_that_it_needed() -> None:
    train: list[float | None] = [5.6, 1.1, 1.1, 1.1]
    assert replicas(train * 10, start=7) == [7] * 40


def test_four_times_the_load_and_back_settles_at_two_five_two() -> None:
    taken = replicas([1.0] * 4 + [4.0] * 4 + [1.0] * 30)
    assert [taken[0], *(new for old, new in pairwise(taken) if new != old)] == [2, 5, 2]


def test_the_time_scale_divides_every_time() -> None:
    metric = [4.0] * 4 + [1.0] * 24
    assert Autoscaler(SHIPPED, 10).sync_period == SYNC_SECONDS / 10
    assert replicas(metric, scale=10.0) == replicas(metric)
    assert "within 30 s" in run(metric, scale=10.0)[5].reason


@pytest.mark.parametrize(("select", "second"), [("Max", 8), ("Min", 5), ("Disabled", 4)])
def test_the_select_policy_chooses_among_the_limits(select: str, second: int) -> None:
    limits = (ScalingRateLimit("Percent", 100, 15), ScalingRateLimit("Pods", 1, 15))
    up = ScalingRules(0, limits, select)  # type: ignore[arg-type]
    assert replicas([9.0], start=4, policy=replace(SHIPPED, up=up)) == [second]


@pytest.mark.parametrize(("select", "left"), [("Max", 5), ("Min", 8), ("Disabled", 10)])
def test_the_select_policy_chooses_downwards_too(select: str, left: int) -> None:
    limits = (ScalingRateLimit("Percent", 50, 15), ScalingRateLimit("Pods", 2, 15))
    down = ScalingRules(0, limits, select)  # type: ignore[arg-type]
    assert replicas([0.5], start=10, policy=replace(SHIPPED, down=down)) == [left]


def test_a_limit_counts_from_the_start_of_its_period() -> None:
    up = ScalingRules(0, (ScalingRateLimit("Pods", 3, 60),))
    assert replicas([20.0] * 6, policy=replace(SHIPPED, up=up)) == [4, 4, 4, 4, 7, 7]


def test_a_step_that_was_not_granted_does_not_count_against_the_limit() -> None:
    autoscaler = Autoscaler(SHIPPED)
    assert autoscaler.decide(0, 2, 8.0).replicas == 6
    assert autoscaler.decide(5, 2, 8.0).replicas == 6  # a machine may have been full


def test_a_step_within_its_period_counts_against_the_limit() -> None:
    autoscaler = Autoscaler(SHIPPED)
    assert autoscaler.decide(0, 2, 8.0).replicas == 6
    assert autoscaler.decide(5, 6, 8.0).replicas == 6
    assert autoscaler.decide(15, 6, 8.0).replicas == 10


def test_a_slightly_early_sync_counts_as_a_full_period() -> None:
    autoscaler = Autoscaler(SHIPPED)
    assert autoscaler.decide(0.004, 2, 8.0).replicas == 6
    assert autoscaler.decide(15.001, 6, 8.0).replicas == 10


def test_upward_stabilisation_takes_the_smallest_recommendation() -> None:
    patient = replace(SHIPPED, up=replace(SHIPPED.up, stabilisation_seconds=60))
    assert replicas([4.0] * 6, policy=patient) == [1, 1, 1, 1, 5, 5]


@given(readings, st.integers(1, 30))
def test_the_number_never_leaves_its_range(metric: list[float | None], start: int) -> None:
    policy = replace(SHIPPED, min_replicas=2, max_replicas=9)
    assert all(2 <= number <= 9 for number in replicas(metric, policy=policy, start=start))


@given(works, works, st.integers(1, 30))
def test_more_work_never_means_fewer_workers(one: float, other: float, start: int) -> None:
    hasty = replace(SHIPPED, down=replace(SHIPPED.down, stabilisation_seconds=0))
    less, more = sorted((one, other))
    # within the tolerance nothing changes, which may be one worker more than the work needs
    known = replicas([less], start=start, policy=hasty)[0]
    assert replicas([more], start=start, policy=hasty)[0] >= min(known, start)
    assert replicas([more], start=start, policy=hasty)[0] >= known or known == start


@given(st.integers(1, 30), st.floats(0.905, 1.095))
def test_nothing_changes_within_the_tolerance(start: int, ratio: float) -> None:
    assert replicas([ratio * 0.8 * start] * 30, start=start) == [start] * 30


@given(readings, st.integers(1, 30))
def test_a_missing_metric_never_scales_down(metric: list[float | None], start: int) -> None:
    taken = [start, *replicas(metric, start=start)]
    for value, (old, new) in zip(metric, pairwise(taken), strict=True):
        assert value is not None or new == old


@given(st.floats(1, 24), st.floats(0, 24))
def test_a_step_down_is_one_monotone_descent(before: float, after: float) -> None:
    high, low = max(before, after), min(before, after)
    taken = replicas([high] * 6 + [low] * 60)[5:]
    assert all(new <= old for old, new in pairwise(taken))
    assert len(set(taken)) <= 2


@given(st.lists(works, min_size=1, max_size=60))
def test_offered_work_gives_the_same_number_for_any_current_number(
    metric: list[float],
) -> None:
    """The signal is a sum: autoscalers with different start values reach the same number."""
    steady: list[float | None] = [*metric, *([metric[-1]] * 40)]
    low, high = replicas(steady, start=1)[-1], replicas(steady, start=30)[-1]
    assert abs(low - high) <= 0.2 * max(low, high) + 1
