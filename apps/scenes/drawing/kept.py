"""Things that are made when first needed and kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Kept"]

Key = TypeVar("Key")
Thing = TypeVar("Thing")


class Kept(Generic[Key, Thing]):
    """A bounded store: when it is full, what has not been used for longest goes.

    Args:
        most: bytes that are kept.
        size: bytes of one thing.
    """

    def __init__(self, most: int, size: Callable[[Thing], int]) -> None:
        self._most = most
        self._size = size
        self._things: OrderedDict[Key, Thing] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._things)

    @property
    def total_bytes(self) -> int:
        """Of all that is kept."""
        return self._bytes

    def get(self, key: Key, make: Callable[[], Thing]) -> Thing:
        """The thing of that key, made if it is not there."""
        found = self._things.get(key)
        if found is not None:
            self._things.move_to_end(key)
            return found
        thing = make()
        self._things[key] = thing
        self._bytes += self._size(thing)
        while self._bytes > self._most and len(self._things) > 1:
            _, oldest = self._things.popitem(last=False)
            self._bytes -= self._size(oldest)
        return thing
