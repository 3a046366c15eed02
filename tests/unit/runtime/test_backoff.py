"""Exponential back-off with jitter."""

from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from apps.runtime.backoff import delays


@given(seed=st.integers(), first=st.floats(0.01, 1), longest=st.floats(1, 60))
def test_delays_double_up_to_the_longest_with_jitter(
    seed: int, first: float, longest: float
) -> None:
    whole = first
    for delay in itertools.islice(delays(first, longest, rng=random.Random(seed)), 20):
        assert whole / 2 <= delay <= whole
        whole = min(whole * 2, longest)


def test_two_processes_have_different_delays() -> None:
    assert [*itertools.islice(delays(), 5)] != [*itertools.islice(delays(), 5)]
