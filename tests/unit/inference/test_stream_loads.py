"""What a worker did for each stream, over ten seconds."""

from __future__ import annotations

from apps.inference.stream_loads import StreamLoads
from apps.pipeline.messages import AGE_BUCKETS_MS


def rolled(loads: StreamLoads, seconds: int) -> StreamLoads:
    for _ in range(seconds):
        loads.roll()
    return loads


def test_the_second_that_has_just_begun_is_not_counted() -> None:
    loads = StreamLoads()
    loads.record("hall:face", 30.0, 640, 480)
    assert loads.snapshot() == {}
    assert set(rolled(loads, 1).snapshot()) == {"hall:face"}


def test_the_rate_is_over_the_complete_seconds() -> None:
    loads = StreamLoads()
    for _ in range(4):
        for _ in range(10):
            loads.record("hall:face", 30.0, 640, 480)
        loads.roll()
    loads.record("hall:face", 30.0, 640, 480)
    assert loads.snapshot()["hall:face"].inferred_fps == 10.0


def test_each_age_falls_into_the_bucket_whose_bound_it_does_not_exceed() -> None:
    loads = StreamLoads()
    for age in (0.0, AGE_BUCKETS_MS[0], AGE_BUCKETS_MS[0] + 0.1, AGE_BUCKETS_MS[-1] + 1):
        loads.record("hall:face", age, 640, 480)
    ages = rolled(loads, 1).snapshot()["hall:face"].ages
    assert len(ages) == len(AGE_BUCKETS_MS) + 1
    assert (ages[0], ages[1], ages[-1]) == (2, 1, 1)


def test_the_size_is_that_of_the_latest_picture() -> None:
    loads = StreamLoads()
    loads.record("hall:face", 30.0, 640, 480)
    loads.roll()
    loads.record("hall:face", 30.0, 1280, 720)
    load = rolled(loads, 1).snapshot()["hall:face"]
    assert (load.width, load.height) == (1280, 720)


def test_a_stream_that_is_silent_for_ten_seconds_is_forgotten() -> None:
    loads = StreamLoads()
    loads.record("hall:face", 30.0, 640, 480)
    assert rolled(loads, 9).streams() == {"hall:face"}
    assert rolled(loads, 1).streams() == set()
    assert loads.snapshot() == {}
