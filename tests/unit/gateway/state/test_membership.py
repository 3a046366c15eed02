"""Membership and state of streams."""

from __future__ import annotations

from typing import Any

import pytest

from apps.gateway.state.membership import Membership, StreamMember
from apps.pipeline.messages import SourceState, WorkerState
from apps.pipeline.registry.control import StreamWanted
from tests.unit.gateway.observations import SECOND, ledger, line, observation, stream, worker

HALL = StreamWanted(name="hall", tasks=("face",), source="synthetic:pattern")


def call(membership: Membership, at: float, **changes: Any) -> StreamMember:
    """The only stream of that observation."""
    (presence,) = membership.update(observation(at, **changes))
    return presence


def test_a_stream_with_a_worker_is_live() -> None:
    member = call(Membership(), 0, streams=[stream()], workers=[worker()])
    assert (member.state, member.error) == ("live", "")


@pytest.mark.parametrize("state", [None, WorkerState.STARTING, WorkerState.DRAINING])
def test_without_a_ready_worker_it_says_so(state: WorkerState | None) -> None:
    workers = [worker(state=state)] if state else []
    member = call(Membership(), 0, streams=[stream()], workers=workers)
    assert member.state == "no_workers"
    assert "worker" in member.error


def test_a_worker_of_another_task_does_not_help() -> None:
    member = call(Membership(), 0, streams=[stream()], workers=[worker(task="car")])
    assert member.state == "no_workers"


@pytest.mark.parametrize(
    "state",
    [SourceState.CONNECTING, SourceState.OFFLINE, SourceState.PAUSED, SourceState.ENDED],
)
def test_the_state_of_the_source_is_shown(state: SourceState) -> None:
    member = call(Membership(), 0, streams=[stream(state=state, error="no answer")])
    assert (member.state, member.error) == (state.value, "no answer")


def test_a_stream_whose_results_stop_is_stale_after_three_seconds() -> None:
    membership = Membership()
    there: dict[str, Any] = {"streams": [stream()], "workers": [worker()]}
    call(membership, 0, **there, ledgers=[ledger(hall=line(10))])
    call(membership, 1, **there, ledgers=[ledger(hall=line(20))])
    stopped = [ledger(hall=line(40, inferred=20, queued=20))]
    assert call(membership, 3.9, **there, ledgers=stopped).state == "live"
    assert call(membership, 4.1, **there, ledgers=stopped).state == "stale"
    again = [ledger(hall=line(50, inferred=30, queued=20))]
    assert call(membership, 5, **there, ledgers=again).state == "live"


def test_a_slow_source_is_given_its_time() -> None:
    membership = Membership()
    there: dict[str, Any] = {"streams": [stream(fps=0.2)], "workers": [worker()]}
    call(membership, 0, **there, ledgers=[ledger(hall=line(1))])
    assert call(membership, 9, **there, ledgers=[ledger(hall=line(1))]).state == "live"


def test_a_silent_source_is_offline_since_its_last_word() -> None:
    membership = Membership()
    call(membership, 0, streams=[stream()], workers=[worker()])
    member = call(membership, 1)
    assert member.state == "offline"
    assert member.since == 1000 * SECOND
    assert member.error


def test_it_is_forgotten_after_a_minute() -> None:
    membership = Membership()
    call(membership, 0, streams=[stream()])
    assert call(membership, 60).state == "offline"
    assert membership.update(observation(61)) == []


def test_it_comes_back() -> None:
    membership = Membership()
    call(membership, 0, streams=[stream()], workers=[worker()])
    call(membership, 5)
    member = call(membership, 9, streams=[stream()], workers=[worker()])
    assert (member.state, member.since) == ("live", 1009 * SECOND)


def test_since_stays_while_the_state_stays() -> None:
    membership = Membership()
    since = [
        call(membership, second, streams=[stream(state=SourceState.OFFLINE)]).since
        for second in range(5)
    ]
    assert since == [1000 * SECOND] * 5


def test_a_foreign_stream_is_there_while_its_frames_arrive() -> None:
    membership = Membership()
    membership.update(observation(0, workers=[worker()], ledgers=[ledger()]))
    member = call(membership, 1, workers=[worker()], ledgers=[ledger(old=line(3))])
    assert (member.id, member.state, member.info) == ("old:face", "live", None)
    assert call(membership, 7, workers=[worker()], ledgers=[ledger(old=line(3))]).state == "offline"
    assert call(membership, 8, workers=[worker()], ledgers=[ledger(old=line(4))]).state == "live"


def test_old_ledger_lines_are_not_streams() -> None:
    membership = Membership()
    assert membership.update(observation(0, ledgers=[ledger(old=line(3000))])) == []
    assert membership.update(observation(1, ledgers=[ledger(old=line(3000))])) == []


def test_an_invalid_name_is_not_a_stream() -> None:
    membership = Membership()
    membership.update(observation(0, ledgers=[ledger()]))
    books = ledger()
    books.streams["\ufffd" * 200] = line(1)
    assert membership.update(observation(1, ledgers=[books])) == []


def test_a_wanted_stream_without_a_good_name_stops_nothing() -> None:
    broken = StreamWanted(name="a\nb", tasks=("face",), source="synthetic:pattern")
    assert [it.id for it in Membership().update(observation(0, wanted=[broken, HALL]))] == [
        "hall:face"
    ]


def test_a_new_data_set_makes_nothing_foreign() -> None:
    membership = Membership()
    membership.update(observation(0, ledgers=[ledger(a=line(10))]))
    assert membership.update(observation(1, ledgers=[ledger(identity="2-b", a=line(12))])) == []


def test_a_wanted_stream_is_shown_before_anybody_runs_it() -> None:
    membership = Membership()
    member = call(membership, 0, wanted=[HALL])
    assert (member.state, member.managed) == ("connecting", True)
    member = call(membership, 6, wanted=[HALL])
    assert member.state == "offline"
    assert "No streams service" in member.error


def test_a_wanted_stream_is_never_forgotten() -> None:
    membership = Membership()
    call(membership, 0, streams=[stream()], wanted=[HALL])
    assert call(membership, 500, wanted=[HALL]).state == "offline"


def test_a_removed_stream_is_gone_with_its_last_heartbeat() -> None:
    membership = Membership()
    call(membership, 0, streams=[stream()], wanted=[HALL])
    assert call(membership, 1, streams=[stream()]).managed is False
    assert membership.update(observation(2)) == []


def test_a_name_conflict_is_reported() -> None:
    member = call(Membership(), 0, streams=[stream(conflict=True)], workers=[worker()])
    assert "same name" in member.error
