"""Measuring and limiting frames per second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.streams.capture.rate import FrameRateLimit, FrameRateMeter, longest_silence
from apps.vision.video.pace import RecordingPace


def kept(fps_in: float, fps_limit: float, seconds: float, jitter_us: int = 0) -> int:
    limit = FrameRateLimit(fps_limit)
    times = (
        int(n * 1e6 / fps_in) + (jitter_us if n % 2 else -jitter_us)
        for n in range(int(seconds * fps_in))
    )
    return sum(limit.keep(now) for now in times)


def test_half_the_rate_keeps_every_second_frame() -> None:
    assert kept(30, 15, 10) == 150


def test_an_uneven_ratio_is_kept_on_average() -> None:
    assert kept(25, 15, 10) == 150


def test_jitter_at_the_limit_loses_no_frame() -> None:
    assert kept(15, 15, 10, jitter_us=3000) == 150


def test_zero_keeps_every_frame() -> None:
    assert kept(100, 0, 1) == 100


def test_no_burst_follows_a_pause() -> None:
    limit = FrameRateLimit(10)
    assert limit.keep(0)
    burst = [limit.keep(10_000_000 + n * 1000) for n in range(50)]
    assert sum(burst) == 1


@given(
    st.lists(st.integers(1, 500_000), min_size=1, max_size=200),
    st.floats(1, 60, allow_nan=False),
)
def test_at_most_one_frame_more_than_the_limit_is_kept(gaps: list[int], fps: float) -> None:
    limit, now, count = FrameRateLimit(fps), 0, 0
    for gap in gaps:
        count += limit.keep(now)
        now += gap
    assert count <= now / 1e6 * fps + 1.2


def test_the_measured_rate_is_right_from_the_second_frame_on() -> None:
    meter = FrameRateMeter()
    for n in range(3):
        meter.count(n * 100_000)
    assert meter.fps(200_000) == 10


def test_the_rate_of_a_silent_source_falls_to_zero() -> None:
    meter = FrameRateMeter(window_us=1_000_000)
    for n in range(10):
        meter.count(n * 100_000)
    assert meter.fps(3_000_000) == 0


def test_a_recording_keeps_its_pace_when_single_frames_are_slow() -> None:
    pace, now = RecordingPace(), 0
    for busy in (0, 30_000, 10_000, 0):
        now += busy
        now += pace.wait_us(40_000, now)
    assert now == 3 * 40_000


def test_a_delayed_recording_does_not_catch_up_more_than_half_a_second() -> None:
    pace = RecordingPace()
    pace.wait_us(40_000, 0)
    assert pace.wait_us(40_000, 5_000_000) == 0
    assert pace.wait_us(40_000, 5_000_000) == 40_000


def test_a_slow_source_may_be_silent_for_longer() -> None:
    assert (longest_silence(0.1), longest_silence(30)) == (30, 3)
