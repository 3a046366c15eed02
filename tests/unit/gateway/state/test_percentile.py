"""Percentiles of ages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.gateway.state.percentile import merge, percentile
from apps.pipeline.messages import AGE_BUCKETS_MS

BUCKETS = len(AGE_BUCKETS_MS) + 1


def histogram(**counts: int) -> list[int]:
    """Counts by the position of their bucket: `b3=5`."""
    return [counts.get(f"b{position}", 0) for position in range(BUCKETS)]


def test_the_percentile_of_no_frames_is_none() -> None:
    assert percentile(merge([]), 0.5) is None


def test_ages_are_evenly_spread_inside_a_bucket() -> None:
    counts = histogram(b2=10)  # 10 to 15 ms
    assert percentile(counts, 0.5) == pytest.approx(12.5)


def test_the_first_bucket_begins_at_zero() -> None:
    assert percentile(histogram(b0=4), 0.5) == pytest.approx(2.5)


def test_the_open_bucket_gives_its_lower_bound() -> None:
    assert percentile(histogram(**{f"b{BUCKETS - 1}": 3}), 0.95) == AGE_BUCKETS_MS[-1]


def test_workers_are_merged() -> None:
    merged = merge([histogram(b1=1), histogram(b1=2, b4=1)])
    assert merged == histogram(b1=3, b4=1)


def test_a_histogram_of_another_shape_is_left_out() -> None:
    assert merge([[1, 2, 3], histogram(b1=1)]) == histogram(b1=1)


@given(st.lists(st.integers(0, 50), min_size=BUCKETS, max_size=BUCKETS).filter(any))
def test_percentiles_rise_with_their_share(counts: list[int]) -> None:
    ages = [percentile(counts, share) for share in (0.1, 0.5, 0.9, 1.0)]
    known = [age for age in ages if age is not None]
    assert len(known) == 4
    assert known == sorted(known)
    assert known[-1] <= AGE_BUCKETS_MS[-1]
