"""Which streams there are, and how each of them is."""

from __future__ import annotations

from typing import Any

import pytest

from apps.gateway.state.presence import Presence, Roll
from apps.pipeline.messages import SourceState, WorkerState
from apps.pipeline.registry.control import StreamWanted
from tests.unit.gateway.seen import SECOND, ledger, line, moment, stream, worker

HALL = StreamWanted(name="hall", tasks=("face",), source="synthetic:pattern")


def call(roll: Roll, at: float, **changes: Any) -> Presence:
    """The one stream of that moment."""
    (presence,) = roll.call(moment(at, **changes))
    return presence


def test_a_stream_with_a_worker_is_live() -> None:
    presence = call(Roll(), 0, streams=[stream()], workers=[worker()])
    assert (presence.state, presence.error) == ("live", "")


@pytest.mark.parametrize("state", [None, WorkerState.STARTING, WorkerState.DRAINING])
def test_without_a_ready_worker_it_says_so(state: WorkerState | None) -> None:
    workers = [worker(state=state)] if state else []
    presence = call(Roll(), 0, streams=[stream()], workers=workers)
    assert presence.state == "no_workers"
    assert "worker" in presence.error


def test_a_worker_of_another_task_does_not_help() -> None:
    presence = call(Roll(), 0, streams=[stream()], workers=[worker(task="car")])
    assert presence.state == "no_workers"


@pytest.mark.parametrize(
    "state",
    [SourceState.CONNECTING, SourceState.OFFLINE, SourceState.PAUSED, SourceState.ENDED],
)
def test_what_the_source_says_of_itself_is_shown(state: SourceState) -> None:
    presence = call(Roll(), 0, streams=[stream(state=state, error="no answer")])
    assert (presence.state, presence.error) == (state.value, "no answer")


def test_a_stream_whose_results_stop_is_stale_after_three_seconds() -> None:
    roll = Roll()
    there: dict[str, Any] = {"streams": [stream()], "workers": [worker()]}
    call(roll, 0, **there, ledgers=[ledger(hall=line(10))])
    call(roll, 1, **there, ledgers=[ledger(hall=line(20))])
    stopped = [ledger(hall=line(40, inferred=20, queued=20))]
    assert call(roll, 3.9, **there, ledgers=stopped).state == "live"
    assert call(roll, 4.1, **there, ledgers=stopped).state == "stale"
    again = [ledger(hall=line(50, inferred=30, queued=20))]
    assert call(roll, 5, **there, ledgers=again).state == "live"


def test_a_slow_source_is_given_its_time() -> None:
    roll = Roll()
    there: dict[str, Any] = {"streams": [stream(fps=0.2)], "workers": [worker()]}
    call(roll, 0, **there, ledgers=[ledger(hall=line(1))])
    assert call(roll, 9, **there, ledgers=[ledger(hall=line(1))]).state == "live"


def test_a_silent_source_is_offline_since_its_last_word() -> None:
    roll = Roll()
    call(roll, 0, streams=[stream()], workers=[worker()])
    presence = call(roll, 1)
    assert presence.state == "offline"
    assert presence.since == 1000 * SECOND
    assert presence.error


def test_it_is_forgotten_after_a_minute() -> None:
    roll = Roll()
    call(roll, 0, streams=[stream()])
    assert call(roll, 60).state == "offline"
    assert roll.call(moment(61)) == []


def test_it_comes_back() -> None:
    roll = Roll()
    call(roll, 0, streams=[stream()], workers=[worker()])
    call(roll, 5)
    presence = call(roll, 9, streams=[stream()], workers=[worker()])
    assert (presence.state, presence.since) == ("live", 1009 * SECOND)


def test_since_stays_while_the_state_stays() -> None:
    roll = Roll()
    since = [
        call(roll, second, streams=[stream(state=SourceState.OFFLINE)]).since for second in range(5)
    ]
    assert since == [1000 * SECOND] * 5


def test_a_foreign_stream_is_there_while_its_frames_arrive() -> None:
    roll = Roll()
    roll.call(moment(0, workers=[worker()], ledgers=[ledger()]))
    presence = call(roll, 1, workers=[worker()], ledgers=[ledger(old=line(3))])
    assert (presence.id, presence.state, presence.info) == ("old:face", "live", None)
    assert call(roll, 7, workers=[worker()], ledgers=[ledger(old=line(3))]).state == "offline"
    assert call(roll, 8, workers=[worker()], ledgers=[ledger(old=line(4))]).state == "live"


def test_books_of_former_days_are_no_streams() -> None:
    roll = Roll()
    assert roll.call(moment(0, ledgers=[ledger(old=line(3000))])) == []
    assert roll.call(moment(1, ledgers=[ledger(old=line(3000))])) == []


def test_a_name_that_is_no_name_is_not_on_the_wall() -> None:
    roll = Roll()
    roll.call(moment(0, ledgers=[ledger()]))
    books = ledger()
    books.streams["\ufffd" * 200] = line(1)
    assert roll.call(moment(1, ledgers=[books])) == []


def test_a_wanted_stream_without_a_good_name_stops_nothing() -> None:
    broken = StreamWanted(name="a\nb", tasks=("face",), source="synthetic:pattern")
    assert [it.id for it in Roll().call(moment(0, wanted=[broken, HALL]))] == ["hall:face"]


def test_a_new_data_set_makes_nothing_foreign() -> None:
    roll = Roll()
    roll.call(moment(0, ledgers=[ledger(a=line(10))]))
    assert roll.call(moment(1, ledgers=[ledger(identity="2-b", a=line(12))])) == []


def test_a_wanted_stream_is_shown_before_anybody_runs_it() -> None:
    roll = Roll()
    presence = call(roll, 0, wanted=[HALL])
    assert (presence.state, presence.managed) == ("connecting", True)
    presence = call(roll, 6, wanted=[HALL])
    assert presence.state == "offline"
    assert "no streams service" in presence.error


def test_a_wanted_stream_is_never_forgotten() -> None:
    roll = Roll()
    call(roll, 0, streams=[stream()], wanted=[HALL])
    assert call(roll, 500, wanted=[HALL]).state == "offline"


def test_a_removed_stream_is_gone_with_its_last_heartbeat() -> None:
    roll = Roll()
    call(roll, 0, streams=[stream()], wanted=[HALL])
    assert call(roll, 1, streams=[stream()]).managed is False
    assert roll.call(moment(2)) == []


def test_two_sources_of_one_name_are_told_of() -> None:
    presence = call(Roll(), 0, streams=[stream(conflict=True)], workers=[worker()])
    assert "same name" in presence.error
