"""Max-min fair shares and Jain's index."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.bench.fairness import fair_shares, jain

OFFERS = st.dictionaries(st.text(min_size=1), st.floats(0.1, 1000), min_size=1, max_size=12)


@given(OFFERS, st.floats(0.0, 5000))
def test_all_of_the_capacity_is_given_and_nobody_gets_more_than_asked(
    offered: dict[str, float], capacity: float
) -> None:
    shares = fair_shares(offered, capacity)
    assert sum(shares.values()) == pytest.approx(min(capacity, sum(offered.values())))
    assert all(shares[name] <= offered[name] for name in offered)


@given(OFFERS, st.floats(0.0, 5000))
def test_whoever_is_cut_gets_as_much_as_anybody(offered: dict[str, float], capacity: float) -> None:
    shares = fair_shares(offered, capacity)
    cut = [shares[name] for name in offered if shares[name] < offered[name] * (1 - 1e-9)]
    assert all(share == pytest.approx(max(shares.values())) for share in cut)


def test_jain_is_one_for_equal_parts_and_one_of_n_when_one_takes_all() -> None:
    assert jain([3.0, 3.0, 3.0]) == pytest.approx(1.0)
    assert jain([5.0, 0.0, 0.0, 0.0]) == pytest.approx(0.25)
    assert jain([0.0]) == 0.0
