"""Results of one stream are put in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.results.reorder import LatestGate, ReorderWindow

EPOCHS_AND_SEQUENCES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=1, max_size=80
)


def window(*, size: int = 8, wait_seconds: float = 1.0) -> ReorderWindow[int]:
    return ReorderWindow(size=size, wait_seconds=wait_seconds)


def test_a_newer_result_passes_the_gate_and_an_older_one_is_late() -> None:
    gate = LatestGate()
    passed = [gate.passes(1, sequence) for sequence in (4, 6, 5, 6, 7)]
    assert passed == [True, True, False, False, True]


def test_results_of_an_older_epoch_are_late() -> None:
    gate = LatestGate()
    assert gate.passes(1, 900)
    assert gate.passes(2, 0)
    assert not gate.passes(1, 901)


@given(EPOCHS_AND_SEQUENCES)
def test_results_that_pass_the_gate_increase(
    arrivals: list[tuple[int, int]],
) -> None:
    gate = LatestGate()
    passed = [arrival for arrival in arrivals if gate.passes(*arrival)]
    assert passed == sorted(set(passed))
    assert max(arrivals) == passed[-1]


def test_items_in_order_do_not_wait() -> None:
    reorder = window()
    assert [reorder.push(1, n, n, 0.0) for n in range(3)] == [[0], [1], [2]]
    assert reorder.release_at is None


def test_an_item_waits_for_the_one_before_it() -> None:
    reorder = window()
    assert reorder.push(1, 0, 0, 0.0) == [0]
    assert reorder.push(1, 2, 2, 0.1) == []
    assert reorder.push(1, 1, 1, 0.2) == [1, 2]
    assert (reorder.late, reorder.skipped) == (0, 0)


def test_a_missing_item_is_skipped_when_its_successor_has_waited_long_enough() -> None:
    reorder = window(wait_seconds=1.0)
    reorder.push(1, 0, 0, 0.0)
    reorder.push(1, 2, 2, 0.5)
    assert reorder.release_at == 1.5
    assert reorder.release(1.4) == []
    assert reorder.release(1.5) == [2]
    assert reorder.push(1, 1, 1, 1.6) == []
    assert (reorder.late, reorder.skipped) == (1, 1)


def test_a_missing_item_is_skipped_when_too_many_items_wait() -> None:
    reorder = window(size=2)
    reorder.push(1, 0, 0, 0.0)
    assert reorder.push(1, 2, 2, 0.0) == []
    assert reorder.push(1, 4, 4, 0.0) == []
    assert reorder.push(1, 5, 5, 0.0) == [2]
    assert reorder.held == 2


def test_a_new_epoch_releases_waiting_items_and_refuses_later_ones_of_the_old_epoch() -> None:
    reorder = window()
    reorder.push(1, 0, 0, 0.0)
    reorder.push(1, 2, 2, 0.0)
    assert reorder.push(2, 0, 100, 0.0) == [2, 100]
    assert reorder.push(1, 1, 1, 0.0) == []
    assert reorder.late == 1


def test_a_consumer_that_joins_in_the_middle_waits_before_it_begins() -> None:
    reorder = window(wait_seconds=1.0)
    assert reorder.push(1, 501, 501, 0.0) == []
    assert reorder.push(1, 500, 500, 0.5) == []
    assert reorder.release(1.0) == [500, 501]
    assert reorder.skipped == 0


@given(EPOCHS_AND_SEQUENCES, st.integers(0, 6), st.floats(0, 5))
def test_every_item_is_returned_once_in_order_or_is_late(
    arrivals: list[tuple[int, int]], size: int, wait_seconds: float
) -> None:
    reorder = ReorderWindow[tuple[int, int]](size=size, wait_seconds=wait_seconds)
    released: list[tuple[int, int]] = []
    for now, arrival in enumerate(arrivals):
        released += reorder.push(*arrival, arrival, float(now))
        assert reorder.held <= size
        assert reorder.release_at is None or reorder.release_at > now
    assert len(released) + reorder.held + reorder.late == len(arrivals)
    released += reorder.release(1e9)
    assert released == sorted(set(released))
    assert reorder.held == 0


@given(st.permutations(range(20)), st.data())
def test_no_item_is_late_if_the_window_is_large_enough(
    order: list[int], data: st.DataObject
) -> None:
    blocks = data.draw(st.sampled_from([1, 2, 4, 5, 10, 20]))
    arrivals = [n for start in range(0, 20, blocks) for n in order if start <= n < start + blocks]
    reorder = ReorderWindow[int](size=blocks, wait_seconds=1e9)
    released = [item for n in arrivals for item in reorder.push(1, n, n, 0.0)]
    assert released == list(range(20))
    assert (reorder.late, reorder.skipped) == (0, 0)
