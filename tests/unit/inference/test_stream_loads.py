"""Results per stream over ten seconds."""

from __future__ import annotations

from apps.inference.stream_loads import StreamLoads
from apps.pipeline.messages import AGE_BUCKETS_MS


def advanced(loads: StreamLoads, seconds: int) -> StreamLoads:
    for _ in range(seconds):
        loads.next_second()
    return loads


def test_the_current_second_is_not_counted() -> None:
    loads = StreamLoads()
    loads.record("hall:face", 30.0, 640, 480)
    assert loads.snapshot() == {}
    assert set(advanced(loads, 1).snapshot()) == {"hall:face"}


def test_the_rate_covers_complete_seconds() -> None:
    loads = StreamLoads()
    for _ in range(4):
        for _ in range(10):
            loads.record("hall:face", 30.0, 640, 480)
        loads.next_second()
    loads.record("hall:face", 30.0, 640, 480)
    assert loads.snapshot()["hall:face"].inferred_fps == 10.0


def test_an_age_counts_in_the_first_bucket_with_a_bound_not_below_it() -> None:
    loads = StreamLoads()
    for age in (0.0, AGE_BUCKETS_MS[0], AGE_BUCKETS_MS[0] + 0.1, AGE_BUCKETS_MS[-1] + 1):
        loads.record("hall:face", age, 640, 480)
    ages = advanced(loads, 1).snapshot()["hall:face"].ages
    assert len(ages) == len(AGE_BUCKETS_MS) + 1
    assert (ages[0], ages[1], ages[-1]) == (2, 1, 1)


def test_the_size_comes_from_the_latest_picture() -> None:
    loads = StreamLoads()
    loads.record("hall:face", 30.0, 640, 480)
    loads.next_second()
    loads.record("hall:face", 30.0, 1280, 720)
    load = advanced(loads, 1).snapshot()["hall:face"]
    assert (load.width, load.height) == (1280, 720)


def test_a_stream_without_results_for_ten_seconds_is_removed() -> None:
    loads = StreamLoads()
    loads.record("hall:face", 30.0, 640, 480)
    assert advanced(loads, 9).streams() == {"hall:face"}
    assert advanced(loads, 1).streams() == set()
    assert loads.snapshot() == {}
