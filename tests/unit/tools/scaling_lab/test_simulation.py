"""A run is the load, the pool and the autoscaler, event after event."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from apps.scaling.offered_work import load_rule
from tools.scaling_lab.load import Load, steady
from tools.scaling_lab.manifest import RULE, others, shipped
from tools.scaling_lab.oracle import consult
from tools.scaling_lab.scaling import ScalingSetup, Silence, Zero
from tools.scaling_lab.signals import OfferedOrWaiting
from tools.scaling_lab.simulation import Cluster, simulate

CLUSTER = Cluster()


def test_a_run_accounts_for_every_second() -> None:
    run = simulate(steady(50, seconds=600), shipped(), CLUSTER)
    assert len(run.offered) == len(run.lost) == len(run.replicas) == len(run.ready) == 600
    assert run.replicas[-1] == run.ready[-1] == 4
    assert run.pod_seconds == sum(run.replicas)


def test_events_say_what_changed_and_why() -> None:
    run = simulate(steady(50, seconds=600), shipped(), CLUSTER)
    assert [event.before for event in run.events[1:]] == [event.after for event in run.events[:-1]]
    assert "needs 4 workers at target 0.80" in run.events[0].reason


def test_pods_start_before_they_work() -> None:
    run = simulate(steady(50, seconds=600), shipped(), CLUSTER)
    first = int(run.events[0].at) + 1
    assert run.replicas[first] > run.ready[first] == 1
    assert run.ready[first + int(CLUSTER.start_seconds)] == run.replicas[first]


def test_a_step_is_one_rise_and_one_fall() -> None:
    load = Load("step", (20.0,) * 600 + (120.0,) * 900 + (20.0,) * 1500)
    replicas = simulate(load, shipped(), CLUSTER).replicas
    top = replicas.index(max(replicas))
    assert all(new >= old for old, new in pairwise(replicas[:top]))
    assert all(new <= old for old, new in pairwise(replicas[top:]))


@pytest.mark.parametrize("scaling", [shipped(), *others()], ids=lambda scaling: scaling.name)
def test_without_metrics_every_policy_holds_but_the_one_that_reads_silence_as_zero(
    scaling: ScalingSetup,
) -> None:
    blind = replace(CLUSTER, dark=(900.0, 2700.0))
    run = simulate(steady(100), scaling, blind)
    held = run.replicas[900] == min(run.replicas[900:2700])
    assert held == (scaling.name != "drops")  # KEDA's default turns no answer into 0


def test_a_fallback_takes_over_and_may_be_told_never_to_take_away() -> None:
    blind = replace(CLUSTER, dark=(900.0, 2700.0))
    for never_fewer, left in ((True, 7), (False, 3)):
        falls_back = replace(shipped(), silence=Silence(3, never_fewer=never_fewer, text="x"))
        assert simulate(steady(100), falls_back, blind).replicas[2600] == left


def sleepy() -> ScalingSetup:
    """Ours, with no pod while nothing comes."""
    rule = load_rule(RULE)
    return replace(
        shipped(),
        signal_of=lambda pool, _: OfferedOrWaiting(pool, rule),
        zero=Zero(polling_seconds=5.0, cooldown_seconds=120.0, activation=0.0),
    )


def test_nobody_works_while_nothing_comes_and_somebody_once_it_does() -> None:
    load = Load("idle", (18.0,) * 300 + (0.0,) * 900 + (18.0,) * 300)
    run = simulate(load, sleepy(), CLUSTER)
    assert run.replicas[1100] == 0
    assert run.replicas[1210] >= 1
    assert run.ready[-1] >= 1


def test_a_busy_worker_with_an_empty_queue_stays() -> None:
    run = simulate(steady(5, seconds=1800), sleepy(), CLUSTER)
    assert min(run.replicas) == 1


def test_the_oracle_knows_at_once_and_is_spared_nothing_else() -> None:
    load = Load("step", (18.0,) * 100 + (90.0,) * 400 + (18.0,) * 400)
    run = consult(load, shipped().policy, CLUSTER)
    assert (run.replicas[99], run.replicas[100]) == (2, 7)
    assert (run.ready[114], run.ready[115]) == (2, 7)
    assert (run.replicas[798], run.replicas[799]) == (7, 2)
