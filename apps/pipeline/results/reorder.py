"""Order of results: the workers of one stream finish its frames out of order.

A live view shows a result only if it is newer than the one on screen: `LatestGate`. A consumer that
needs every frame, such as a tracker, waits a short time for missing frames: `ReorderWindow`. Both
serve one stream. A newer epoch means that the stream was restarted; results of older epochs are
late. Times are seconds of any one clock.
"""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["LatestGate", "ReorderWindow"]

T = TypeVar("T")


class LatestGate:
    """Passes a result only if it is newer than all earlier ones."""

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None

    def passes(self, epoch: int, sequence: int) -> bool:
        """Whether this result is the newest so far; if so, it is recorded as such."""
        if self._last is not None and (epoch, sequence) <= self._last:
            return False
        self._last = (epoch, sequence)
        return True


class ReorderWindow(Generic[T]):
    """Returns the items of one stream in sequence order, each at most once.

    An item waits until its predecessors have arrived, until it has waited `wait_seconds`, or until
    more than `size` items wait. Then the missing items are skipped; they are late if they arrive
    afterwards. An epoch without sequence 0 starts with the first item that has waited long enough.

    Attributes:
        late: refused items, because they were late or duplicates.
        skipped: skipped sequence numbers.
    """

    def __init__(self, *, size: int, wait_seconds: float) -> None:
        self._size = size
        self._wait = wait_seconds
        self._epoch = -1
        self._next: int | None = None
        self._held: dict[int, tuple[float, T]] = {}
        self.late = 0
        self.skipped = 0

    @property
    def held(self) -> int:
        """Number of waiting items."""
        return len(self._held)

    @property
    def release_at(self) -> float | None:
        """Time at which `release` must be called unless an item arrives; None if none waits."""
        if not self._held:
            return None
        return min(came for came, _ in self._held.values()) + self._wait

    def push(self, epoch: int, sequence: int, item: T, now: float) -> list[T]:
        """Add one item, and return the items that are due, in order."""
        released: list[T] = []
        if epoch > self._epoch:
            released = self._begin(epoch)
        known = self._next is not None and sequence < self._next
        if epoch < self._epoch or known or sequence in self._held:
            self.late += 1
        else:
            self._held[sequence] = (now, item)
        return released + self.release(now)

    def release(self, now: float) -> list[T]:
        """The items that are due at this time, in order."""
        released: list[T] = []
        while self._held:
            first = min(self._held)
            if first not in {0, self._next} and not self._gives_up(now):
                break
            released.append(self._pass(first))
        return released

    def _begin(self, epoch: int) -> list[T]:
        """Start a new epoch, and return the waiting items of the old one."""
        released = [self._pass(sequence) for sequence in sorted(self._held)]
        self._epoch = epoch
        self._next = None
        return released

    def _gives_up(self, now: float) -> bool:
        release_at = self.release_at
        return len(self._held) > self._size or (release_at is not None and now >= release_at)

    def _pass(self, sequence: int) -> T:
        if self._next is not None:
            self.skipped += sequence - self._next
        self._next = sequence + 1
        return self._held.pop(sequence)[1]
