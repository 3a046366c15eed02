"""The state of a source, and the step that follows from it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from apps.pipeline.messages import SourceState
from apps.runtime import backoff
from apps.streams.capture.lifecycle import CaptureStatus, CaptureTimeouts, Lifecycle, LifecycleStep

SECOND = 1_000_000


def half_a_second() -> Iterator[float]:
    while True:
        yield 0.5


def lifecycle() -> Lifecycle:
    return Lifecycle(CaptureTimeouts(10.0, 3.0, stuck_threads=2), retries=half_a_second)


def live(now: int = 1) -> Lifecycle:
    subject = lifecycle()
    subject.step(now, None, 0)
    subject.step(now, CaptureStatus(now, picture_us=now), 0)
    return subject


def test_the_first_step_opens_the_source() -> None:
    subject = lifecycle()
    assert subject.step(0, None, 0) is LifecycleStep.OPEN
    assert subject.state is SourceState.CONNECTING


def test_the_first_picture_makes_it_live() -> None:
    assert live().state is SourceState.LIVE


def test_after_an_error_it_is_offline_and_opened_again_after_a_delay() -> None:
    subject = live()
    assert (
        subject.step(SECOND, CaptureStatus(0, SECOND, finished=True, error="gone"), 0)
        is LifecycleStep.CLOSE
    )
    assert (subject.state, subject.error) == (SourceState.OFFLINE, "gone")
    assert subject.step(SECOND + 400_000, None, 0) is LifecycleStep.NOTHING
    assert subject.step(SECOND + 500_000, None, 0) is LifecycleStep.OPEN
    assert subject.openings == 2


def test_it_stays_offline_until_a_picture_comes_again() -> None:
    subject = live()
    subject.step(SECOND, CaptureStatus(0, SECOND, finished=True, error="gone"), 0)
    subject.step(2 * SECOND, None, 0)
    subject.step(3 * SECOND, CaptureStatus(2 * SECOND), 0)
    assert (subject.state, subject.error) == (SourceState.OFFLINE, "gone")
    subject.step(4 * SECOND, CaptureStatus(2 * SECOND, picture_us=4 * SECOND), 0)
    assert (subject.state, subject.error) == (SourceState.LIVE, "")


def test_silence_makes_it_offline_within_five_seconds() -> None:
    subject = live()
    assert subject.step(3 * SECOND, CaptureStatus(0, picture_us=1), 0) is LifecycleStep.NOTHING
    assert (
        subject.step(3 * SECOND + 250_000, CaptureStatus(0, picture_us=1), 0) is LifecycleStep.CLOSE
    )
    assert subject.state is SourceState.OFFLINE
    assert subject.error == "No picture for 3 s"


def test_silence_on_purpose_is_not_a_timeout() -> None:
    subject = live()
    status = CaptureStatus(0, picture_us=1, silent_on_purpose=True)
    assert subject.step(60 * SECOND, status, 0) is LifecycleStep.NOTHING
    assert subject.state is SourceState.LIVE


def test_a_source_without_a_first_picture_is_closed() -> None:
    subject = lifecycle()
    subject.step(0, None, 0)
    status = CaptureStatus(0, error="damaged pictures")
    assert subject.step(9 * SECOND, status, 0) is LifecycleStep.NOTHING
    assert subject.step(10 * SECOND + 1, status, 0) is LifecycleStep.CLOSE
    assert subject.error == "damaged pictures"


def test_the_number_of_hanging_reads_is_limited() -> None:
    subject = live()
    subject.step(SECOND, CaptureStatus(0, SECOND, finished=True, error="gone"), 0)
    assert subject.step(9 * SECOND, None, 2) is LifecycleStep.NOTHING
    assert "hang" in subject.error
    assert subject.step(10 * SECOND, None, 1) is LifecycleStep.OPEN


def test_a_finished_recording_is_not_opened_again() -> None:
    subject = live()
    subject.step(SECOND, CaptureStatus(0, SECOND, finished=True), 0)
    assert subject.state is SourceState.ENDED
    assert subject.step(60 * SECOND, None, 0) is LifecycleStep.NOTHING


def test_a_paused_source_is_closed_and_stays_closed() -> None:
    subject = live()
    subject.pause()
    assert subject.step(SECOND, CaptureStatus(0, SECOND), 0) is LifecycleStep.CLOSE
    assert subject.step(2 * SECOND, None, 0) is LifecycleStep.NOTHING
    assert subject.state is SourceState.PAUSED


def test_a_resumed_source_is_opened_immediately() -> None:
    subject = live()
    subject.pause()
    subject.resume()
    assert subject.step(2 * SECOND, None, 0) is LifecycleStep.OPEN
    assert subject.state is SourceState.CONNECTING


def test_refused_credentials_are_retried_slowly() -> None:
    subject = live()
    status = CaptureStatus(0, SECOND, finished=True, error="refused", refused=True)
    subject.step(SECOND, status, 0)
    assert subject.step(3 * SECOND, None, 0) is LifecycleStep.NOTHING
    assert subject.step(7 * SECOND, None, 0) is LifecycleStep.OPEN


@pytest.mark.parametrize("failures", [1, 5, 1000])
def test_the_delay_stays_below_one_second_after_any_number_of_failures(failures: int) -> None:
    rng = random.Random(failures)
    waits = backoff.delays(0.2, 1.0, rng=rng)
    assert all(0.1 <= next(waits) <= 1.0 for _ in range(failures))
