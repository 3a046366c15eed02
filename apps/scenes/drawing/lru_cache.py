"""A cache that is bounded in bytes and drops the least recently used item."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["LruCache"]

Key = TypeVar("Key")
Item = TypeVar("Item")


class LruCache(Generic[Key, Item]):
    """Drops the least recently used items when it is full.

    Args:
        capacity: largest total size, bytes; a single larger item is kept.
        size: size of an item, bytes.
    """

    def __init__(self, capacity: int, size: Callable[[Item], int]) -> None:
        self._capacity = capacity
        self._size = size
        self._items: OrderedDict[Key, Item] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: Key, make: Callable[[], Item]) -> Item:
        """The item of the key; `make` creates a missing one."""
        found = self._items.get(key)
        if found is not None:
            self._items.move_to_end(key)
            return found
        item = make()
        self._items[key] = item
        self._bytes += self._size(item)
        while self._bytes > self._capacity and len(self._items) > 1:
            _, oldest = self._items.popitem(last=False)
            self._bytes -= self._size(oldest)
        return item
