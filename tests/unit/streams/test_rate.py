"""Pictures per second: measured, limited, and kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.streams.rate import RateLimit, RateMeter
from apps.vision.video.pace import RecordingPace


def kept(fps_in: float, fps_limit: float, seconds: float, jitter_us: int = 0) -> int:
    limit = RateLimit(fps_limit)
    times = (
        int(n * 1e6 / fps_in) + (jitter_us if n % 2 else -jitter_us)
        for n in range(int(seconds * fps_in))
    )
    return sum(limit.keep(now) for now in times)


def test_every_second_picture_of_a_camera_twice_as_fast_is_kept() -> None:
    assert kept(30, 15, 10) == 150


def test_an_odd_ratio_is_kept_on_average() -> None:
    assert kept(25, 15, 10) == 150


def test_a_camera_that_jitters_at_the_limit_loses_nothing() -> None:
    assert kept(15, 15, 10, jitter_us=3000) == 150


def test_no_limit_keeps_all() -> None:
    assert kept(100, 0, 1) == 100


def test_after_a_pause_there_is_no_burst() -> None:
    limit = RateLimit(10)
    assert limit.keep(0)
    burst = [limit.keep(10_000_000 + n * 1000) for n in range(50)]
    assert sum(burst) == 1


@given(
    st.lists(st.integers(1, 500_000), min_size=1, max_size=200),
    st.floats(1, 60, allow_nan=False),
)
def test_never_more_than_the_limit_and_one(gaps: list[int], fps: float) -> None:
    limit, now, count = RateLimit(fps), 0, 0
    for gap in gaps:
        count += limit.keep(now)
        now += gap
    assert count <= now / 1e6 * fps + 1.2


def test_the_rate_is_right_from_the_second_picture_on() -> None:
    meter = RateMeter()
    for n in range(3):
        meter.count(n * 100_000)
    assert meter.fps(200_000) == 10


def test_the_rate_of_a_silent_source_falls_to_nothing() -> None:
    meter = RateMeter(window_us=1_000_000)
    for n in range(10):
        meter.count(n * 100_000)
    assert meter.fps(3_000_000) == 0


def test_a_recording_keeps_its_pace_however_long_its_pictures_take() -> None:
    pace, now = RecordingPace(), 0
    for busy in (0, 30_000, 10_000, 0):
        now += busy
        now += pace.wait_us(40_000, now)
    assert now == 3 * 40_000


def test_a_recording_that_was_held_up_does_not_hurry_for_ever() -> None:
    pace = RecordingPace()
    pace.wait_us(40_000, 0)
    assert pace.wait_us(40_000, 5_000_000) == 0
    assert pace.wait_us(40_000, 5_000_000) == 40_000
