"""Findings about source, queue, worker and results of a task."""

from __future__ import annotations

from typing import Any

import pytest

from apps.pipeline.messages import SourceState, StreamInfo, WorkerInfo, WorkerState
from tools.doctor.finding import ChainLink, LinkFinding, LinkState, first_broken
from tools.doctor.pipeline_check import Progress, TaskFacts, check_pipeline


def stream(state: SourceState = SourceState.LIVE, **values: Any) -> StreamInfo:
    return StreamInfo(id="hall:people", name="hall", task="people", epoch=1, state=state, **values)


def worker(state: WorkerState = WorkerState.READY) -> WorkerInfo:
    return WorkerInfo(id="w1", task="people", state=state)


GOOD_PROGRESS = Progress(seconds=5, pushed=50, inferred=50, results=50)


def facts(
    *,
    streams: tuple[StreamInfo, ...] = (stream(),),
    workers: tuple[WorkerInfo, ...] = (worker(),),
    waiting: int = 0,
    progress: Progress = GOOD_PROGRESS,
) -> TaskFacts:
    return TaskFacts("people", streams, workers, waiting, jobs=0, progress=progress)


def first(examined: TaskFacts) -> LinkFinding:
    finding = first_broken(check_pipeline(examined))
    assert finding is not None
    assert finding.advice
    return finding


def states(examined: TaskFacts) -> dict[ChainLink, LinkState]:
    return {finding.link: finding.state for finding in check_pipeline(examined)}


def test_a_working_task_is_ok_at_every_link() -> None:
    assert set(states(facts()).values()) == {LinkState.OK}


def test_no_stream_and_no_frame_is_a_broken_source() -> None:
    finding = first(facts(streams=(), progress=Progress(seconds=5)))
    assert finding.link is ChainLink.SOURCE
    assert "no stream is registered" in finding.text


def test_a_producer_without_heartbeat_is_a_source_too() -> None:
    examined = facts(streams=(), progress=Progress(seconds=5, pushed=50, inferred=50))
    assert states(examined)[ChainLink.SOURCE] is LinkState.OK


def test_the_only_stream_offline_is_broken_and_its_error_is_quoted() -> None:
    offline = stream(SourceState.OFFLINE, error="connection refused")
    finding = first(facts(streams=(offline,), progress=Progress(seconds=5)))
    assert finding.link is ChainLink.SOURCE
    assert "connection refused" in finding.text


def test_one_stream_of_several_offline_is_a_warning() -> None:
    found = check_pipeline(facts(streams=(stream(), stream(SourceState.OFFLINE))))
    assert first_broken(found) is None
    assert LinkState.WARNING in {finding.state for finding in found}


def test_paused_streams_are_not_broken() -> None:
    paused = facts(streams=(stream(SourceState.PAUSED),), progress=Progress(seconds=5))
    assert states(paused)[ChainLink.SOURCE] is LinkState.UNCHECKED


def test_two_sources_with_one_name_are_a_warning() -> None:
    found = check_pipeline(facts(streams=(stream(conflict=True),)))
    assert any("under the name hall" in finding.text for finding in found)


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(seconds=5), "no frame was pushed in 5 s"),
        (Progress(seconds=5, refused=20), "refused all 20 frames"),
    ],
)
def test_a_live_stream_whose_frames_do_not_arrive_is_a_broken_queue(
    progress: Progress, words: str
) -> None:
    finding = first(facts(progress=progress))
    assert finding.link is ChainLink.QUEUE
    assert words in finding.text


def test_no_worker_is_named_with_what_waits_for_it() -> None:
    stuck = facts(workers=(), waiting=24, progress=Progress(seconds=5, pushed=50))
    finding = first(stuck)
    assert finding.link is ChainLink.WORKER
    assert "24 frames" in finding.text
    assert "run-ois.sh -t people" in finding.advice


def test_workers_that_only_start_are_broken() -> None:
    finding = first(facts(workers=(worker(WorkerState.STARTING),)))
    assert (finding.link, "none is ready" in finding.text) == (ChainLink.WORKER, True)


def test_a_ready_worker_that_finishes_nothing_is_broken() -> None:
    finding = first(facts(progress=Progress(seconds=5, pushed=50)))
    assert (finding.link, "finished no frame" in finding.text) == (ChainLink.WORKER, True)


def test_many_drops_are_a_warning() -> None:
    found = check_pipeline(
        facts(progress=Progress(seconds=5, pushed=50, inferred=30, dropped=20, results=30))
    )
    assert first_broken(found) is None
    assert any("20 of 50 frames were dropped" in finding.text for finding in found)


def test_inferred_frames_without_results_are_a_broken_results_link() -> None:
    finding = first(facts(progress=Progress(seconds=5, pushed=50, inferred=50)))
    assert finding.link is ChainLink.RESULTS


def test_the_first_broken_link_is_the_one_nearest_to_the_source() -> None:
    stuck = facts(streams=(stream(SourceState.OFFLINE),), workers=(), progress=Progress(seconds=5))
    assert first(stuck).link is ChainLink.SOURCE
