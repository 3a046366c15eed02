"""The diagnosis finds and explains the faults of a policy; the shipped one has none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.scaling.offered_work import load_rule
from tools.scaling_lab.diagnosis import PolicyFault, diagnose
from tools.scaling_lab.manifest import RULE, others, shipped
from tools.scaling_lab.response import respond
from tools.scaling_lab.scaling import ScalingSetup, Silence, Zero
from tools.scaling_lab.signals import OfferedOrWaiting
from tools.scaling_lab.simulation import Cluster

CLUSTER = Cluster()


def faults(scaling: ScalingSetup) -> dict[str, PolicyFault]:
    return {finding.fault: finding for finding in diagnose(scaling, CLUSTER)}


def other(name: str) -> ScalingSetup:
    return next(scaling for scaling in others() if scaling.name == name)


def test_the_shipped_policy_has_no_fault() -> None:
    assert faults(shipped()) == {}


def test_the_shipped_policy_settles_at_the_pods_that_the_load_needs() -> None:
    response = respond(shipped(), CLUSTER, 100)
    assert [answer.pods for answer in response.at_rest] == [7]
    assert {answer.asks for answer in response.answers} == {7}


@pytest.mark.parametrize("name", ["drops", "queue"])
def test_a_signal_that_vanishes_never_settles(name: str) -> None:
    assert respond(other(name), CLUSTER, 99).at_rest == []
    cycle = faults(other(name))["limit cycle"]
    assert "at no number of pods does it ask for that number" in cycle.text
    assert "falls to 0 once the load is served" in cycle.text


def test_a_capped_list_is_named_as_the_cause_of_losses() -> None:
    starved = faults(other("queue"))["loses frames permanently"]
    assert "it never reads more than 32, so it cannot ask for more pods" in starved.text


def test_a_tolerance_that_hides_losses_is_named() -> None:
    starved = faults(other("old-ratio"))["loses frames permanently"]
    assert "which the tolerance of 10% leaves alone" in starved.text


def test_cpu_misses_bursts() -> None:
    assert set(faults(other("cpu"))) == {"misses bursts"}


def test_a_missing_metric_that_counts_as_zero_is_found() -> None:
    found = faults(other("drops"))["scales down on missing data"]
    assert 'ignoreNullValues is not "false"' in found.text
    falls_back = replace(shipped(), silence=Silence(2, never_fewer=False, text="falls back to 2"))
    assert set(faults(falls_back)) == {"scales down on missing data"}


def test_a_stabilisation_shorter_than_the_time_between_bursts_is_found() -> None:
    ours = shipped()
    down = replace(ours.policy.down, stabilisation_seconds=30)
    hasty = replace(ours, policy=replace(ours.policy, down=down))
    assert "30 s is shorter than the minute between bursts" in faults(hasty)["flaps on bursts"].text


def test_a_metric_that_is_missing_without_pods_never_scales_from_zero() -> None:
    without_pods = replace(shipped(), zero=Zero(5.0, 120.0, 0.0))
    assert set(faults(without_pods)) == {"never scales from zero"}


def test_scaling_to_zero_with_the_query_for_it_has_no_fault() -> None:
    rule = load_rule(RULE)
    from_zero = replace(
        shipped(),
        signal_of=lambda pool, _: OfferedOrWaiting(pool, rule),
        zero=Zero(5.0, 120.0, 0.0),
    )
    assert faults(from_zero) == {}
