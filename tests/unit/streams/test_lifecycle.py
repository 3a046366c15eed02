"""What a source's state is and what is done about it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from apps.pipeline.messages import SourceState
from apps.runtime import backoff
from apps.streams.capture import CaptureView
from apps.streams.lifecycle import Lifecycle, Patience, Step

SECOND = 1_000_000


def half_a_second() -> Iterator[float]:
    while True:
        yield 0.5


def lifecycle() -> Lifecycle:
    return Lifecycle(Patience(10.0, 3.0, stuck_threads=2), retries=half_a_second)


def live(now: int = 1) -> Lifecycle:
    subject = lifecycle()
    subject.step(now, None, 0)
    subject.step(now, CaptureView(now, picture_us=now), 0)
    return subject


def test_it_begins_by_opening() -> None:
    subject = lifecycle()
    assert subject.step(0, None, 0) is Step.OPEN
    assert subject.state is SourceState.CONNECTING


def test_the_first_picture_makes_it_live() -> None:
    assert live().state is SourceState.LIVE


def test_an_error_makes_it_offline_and_it_is_opened_again_after_a_wait() -> None:
    subject = live()
    assert (
        subject.step(SECOND, CaptureView(0, SECOND, finished=True, error="gone"), 0) is Step.LEAVE
    )
    assert (subject.state, subject.error) == (SourceState.OFFLINE, "gone")
    assert subject.step(SECOND + 400_000, None, 0) is Step.NOTHING
    assert subject.step(SECOND + 500_000, None, 0) is Step.OPEN
    assert subject.openings == 2


def test_it_stays_offline_until_a_picture_comes_again() -> None:
    subject = live()
    subject.step(SECOND, CaptureView(0, SECOND, finished=True, error="gone"), 0)
    subject.step(2 * SECOND, None, 0)
    subject.step(3 * SECOND, CaptureView(2 * SECOND), 0)
    assert (subject.state, subject.error) == (SourceState.OFFLINE, "gone")
    subject.step(4 * SECOND, CaptureView(2 * SECOND, picture_us=4 * SECOND), 0)
    assert (subject.state, subject.error) == (SourceState.LIVE, "")


def test_silence_makes_it_offline_within_five_seconds() -> None:
    subject = live()
    assert subject.step(3 * SECOND, CaptureView(0, picture_us=1), 0) is Step.NOTHING
    assert subject.step(3 * SECOND + 250_000, CaptureView(0, picture_us=1), 0) is Step.LEAVE
    assert subject.state is SourceState.OFFLINE
    assert subject.error == "no picture for 3 s"


def test_silence_that_is_meant_is_no_silence() -> None:
    subject = live()
    view = CaptureView(0, picture_us=1, resting=True)
    assert subject.step(60 * SECOND, view, 0) is Step.NOTHING
    assert subject.state is SourceState.LIVE


def test_a_source_that_never_shows_a_picture_is_left() -> None:
    subject = lifecycle()
    subject.step(0, None, 0)
    view = CaptureView(0, error="damaged pictures")
    assert subject.step(9 * SECOND, view, 0) is Step.NOTHING
    assert subject.step(10 * SECOND + 1, view, 0) is Step.LEAVE
    assert subject.error == "damaged pictures"


def test_reads_that_hang_are_left_behind_only_so_often() -> None:
    subject = live()
    subject.step(SECOND, CaptureView(0, SECOND, finished=True, error="gone"), 0)
    assert subject.step(9 * SECOND, None, 2) is Step.NOTHING
    assert "hang" in subject.error
    assert subject.step(10 * SECOND, None, 1) is Step.OPEN


def test_a_recording_that_ends_has_ended() -> None:
    subject = live()
    subject.step(SECOND, CaptureView(0, SECOND, finished=True), 0)
    assert subject.state is SourceState.ENDED
    assert subject.step(60 * SECOND, None, 0) is Step.NOTHING


def test_a_paused_source_is_closed_and_stays_so() -> None:
    subject = live()
    subject.pause()
    assert subject.step(SECOND, CaptureView(0, SECOND), 0) is Step.LEAVE
    assert subject.step(2 * SECOND, None, 0) is Step.NOTHING
    assert subject.state is SourceState.PAUSED


def test_a_resumed_source_is_opened_at_once() -> None:
    subject = live()
    subject.pause()
    subject.resume()
    assert subject.step(2 * SECOND, None, 0) is Step.OPEN
    assert subject.state is SourceState.CONNECTING


def test_refused_credentials_are_not_repeated_every_second() -> None:
    subject = live()
    view = CaptureView(0, SECOND, finished=True, error="refused", refused=True)
    subject.step(SECOND, view, 0)
    assert subject.step(3 * SECOND, None, 0) is Step.NOTHING
    assert subject.step(7 * SECOND, None, 0) is Step.OPEN


@pytest.mark.parametrize("failures", [1, 5, 1000])
def test_however_often_it_failed_it_is_opened_within_a_second(failures: int) -> None:
    rng = random.Random(failures)
    waits = backoff.delays(0.2, 1.0, rng=rng)
    assert all(0.1 <= next(waits) <= 1.0 for _ in range(failures))
