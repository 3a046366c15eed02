"""The bounded store of sprites and shapes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.scenes.drawing.kept import Kept


def test_a_thing_is_made_once() -> None:
    kept: Kept[str, bytes] = Kept(100, len)
    assert kept.get("a", lambda: b"first") == b"first"
    assert kept.get("a", lambda: b"second") == b"first"


def test_what_was_not_used_for_longest_goes_first() -> None:
    kept: Kept[str, bytes] = Kept(10, len)
    for name in ("a", "b"):
        kept.get(name, lambda: b"12345")
    kept.get("a", lambda: b"again")
    kept.get("c", lambda: b"12345")
    assert kept.get("a", lambda: b"new!!") == b"12345"
    assert kept.get("b", lambda: b"new!!") == b"new!!"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60))))
def test_no_more_is_kept_than_allowed_but_always_the_last(asked: list[tuple[int, int]]) -> None:
    kept: Kept[int, bytes] = Kept(100, len)
    for key, size in asked:
        kept.get(key, lambda size=size: bytes(size))  # type: ignore[misc]
        assert kept.total_bytes <= 100
        assert len(kept) >= 1
