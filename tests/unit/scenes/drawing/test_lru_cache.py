"""The bounded cache of sprites and shapes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.scenes.drawing.lru_cache import LruCache


def test_an_item_is_created_once() -> None:
    cache: LruCache[str, bytes] = LruCache(100, len)
    assert cache.get("a", lambda: b"first") == b"first"
    assert cache.get("a", lambda: b"second") == b"first"


def test_the_least_recently_used_item_is_dropped_first() -> None:
    cache: LruCache[str, bytes] = LruCache(10, len)
    for name in ("a", "b"):
        cache.get(name, lambda: b"12345")
    cache.get("a", lambda: b"again")
    cache.get("c", lambda: b"12345")
    assert cache.get("a", lambda: b"new!!") == b"12345"
    assert cache.get("b", lambda: b"new!!") == b"new!!"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60))))
def test_the_capacity_is_never_exceeded_and_the_last_item_is_kept(
    asked: list[tuple[int, int]],
) -> None:
    cache: LruCache[int, bytes] = LruCache(100, len)
    for key, size in asked:
        cache.get(key, lambda size=size: bytes(size))  # type: ignore[misc]
        assert sum(map(len, cache._items.values())) <= 100
        assert len(cache) >= 1
