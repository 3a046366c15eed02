"""Assignment of cores to workers, and division of workers among tasks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.local.processes.cores import choose_cores, default_max_workers, share_out

wishes = st.dictionaries(st.sampled_from(["car", "face", "people", "reid"]), st.integers(1, 20))


@pytest.mark.parametrize(
    ("cores", "each", "tasks", "most"), [(2, 1, 1, 2), (8, 2, 3, 4), (2.5, 1, 1, 2), (1, 2, 3, 3)]
)
def test_the_default_limit_is_what_the_cores_allow_and_at_least_one_per_task(
    cores: float, each: int, tasks: int, most: int
) -> None:
    assert default_max_workers(cores, each, tasks) == most


def test_a_worker_gets_free_cores_the_highest_numbers_first() -> None:
    owned = [choose_cores(range(4), [], 2)]
    assert owned == [frozenset({2, 3})]
    assert choose_cores(range(4), owned, 2) == {0, 1}


def test_cores_are_shared_only_when_none_is_free() -> None:
    owned = [frozenset({0}), frozenset({1}), frozenset({1})]
    assert choose_cores([0, 1], owned, 1) == {0}


@given(wishes, st.integers(1, 30))
def test_every_task_gets_at_least_one_worker_and_never_more_than_it_needs(
    wanted: dict[str, int], total: int
) -> None:
    given = share_out(wanted, total)
    assert all(1 <= given[task] <= wanted[task] for task in wanted)
    allowed = max(min(total, sum(wanted.values())), len(wanted))
    assert sum(given.values()) == allowed
