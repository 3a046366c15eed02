"""The last quarter of an hour."""

from __future__ import annotations

from typing import Any

from apps.gateway.api import answers
from apps.gateway.state.membership import Membership
from apps.gateway.state.observation import Observation, RateWindow
from apps.gateway.state.scaling_history import ScalingHistory
from apps.gateway.state.snapshot import build
from apps.pipeline.messages import wire
from apps.pipeline.registry.control import ScalingEvent, ScalingLimits
from tests.unit.gateway.observations import SECOND, ledger, line, observation, worker


def played(*observations: Observation) -> tuple[ScalingHistory, Any]:
    history, window = ScalingHistory(), RateWindow()
    for seen in observations:
        window.add(seen)
        history.add(seen, window)
    return history, build(observations[-1], window, Membership().update(observations[-1]))


def busy(second: int) -> Observation:
    books = [ledger(hall=line(second * 10))]
    return observation(second, workers=[worker(scale_ratio=0.5, utilisation=0.25)], ledgers=books)


def test_every_second_moment_is_a_point() -> None:
    history, snapshot = played(*(busy(second) for second in range(9)))
    (series,) = history.since(0, snapshot).tasks
    assert series.times == [(1000 + second) * SECOND for second in (0, 2, 4, 6, 8)]
    assert series.offered_fps[-1] == 10.0
    assert (series.workers[-1], series.utilisation[-1], series.scale_ratio[-1]) == (1, 0.25, 0.5)


def test_only_later_points_are_returned() -> None:
    history, snapshot = played(*(busy(second) for second in range(9)))
    (series,) = history.since(1006 * SECOND, snapshot).tasks
    assert series.times == [1008 * SECOND]


def test_a_quarter_of_an_hour_is_kept() -> None:
    history, snapshot = played(*(busy(second) for second in range(0, 3000, 2)))
    (series,) = history.since(0, snapshot).tasks
    assert len(series.times) == 450
    assert series.times[-1] == 3998 * SECOND


def test_without_workers_nothing_is_known_of_them() -> None:
    history, snapshot = played(observation(0, ledgers=[ledger()]))
    (series,) = history.since(0, snapshot).tasks
    assert (series.scale_ratio, series.utilisation, series.workers) == ([None], [None], [0])


def test_decisions_have_their_reason() -> None:
    events = [
        ScalingEvent(at=1, task="face", before=1, after=2, reason="early"),
        ScalingEvent(at=5, task="face", before=2, after=3, reason="late"),
    ]
    history, snapshot = played(observation(0, events=events))
    told = history.since(1, snapshot).events
    assert told == [answers.ScalingStep(time=5, task="face", before=2, after=3, reason="late")]
    assert b'"from":2,"to":3' in wire.to_json(told)


def test_the_limits_are_those_of_the_autoscaler() -> None:
    limits = {"face": ScalingLimits(task="face", min_workers=1, max_workers=4, target=0.7)}
    history, snapshot = played(observation(0, ledgers=[ledger()], limits=limits))
    (series,) = history.since(0, snapshot).tasks
    assert (series.min_workers, series.max_workers, series.target) == (1, 4, 0.7)
