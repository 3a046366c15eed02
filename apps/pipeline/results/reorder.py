"""Back into order: results of one stream come from several workers, which finish when they finish.

Who shows a picture wants only what is newer than what is shown: `LatestGate`. Who needs every frame
(a recording, a tracker) waits a little for those that are missing: `ReorderWindow`. Both serve one
stream; a newer epoch is a new start of it, and what an older one still sends is late. Times are
seconds of any one clock.
"""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["LatestGate", "ReorderWindow"]

T = TypeVar("T")


class LatestGate:
    """Lets a result pass if it is newer than every one before.

    Attributes:
        late: results that did not pass.
    """

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None
        self.late = 0

    def passes(self, epoch: int, sequence: int) -> bool:
        """Whether this result is the newest; if so, it is the one to beat."""
        if self._last is not None and (epoch, sequence) <= self._last:
            self.late += 1
            return False
        self._last = (epoch, sequence)
        return True


class ReorderWindow(Generic[T]):
    """Gives the items of one stream in sequence order, each at most once.

    An item waits for its predecessors until they have come, until it has waited `wait_seconds`, or
    until more than `size` items wait: then the missing ones are given up, and are late if they
    come. An epoch of which we saw no beginning (sequence 0) begins with the first item that has
    waited enough.

    Attributes:
        late: items refused: their turn was over, or they came twice.
        skipped: sequence numbers given up; those that come after all are late, too.
    """

    def __init__(self, *, size: int, wait_seconds: float) -> None:
        """Args: size: items that wait at most. wait_seconds: how long an item waits at most."""
        self._size = size
        self._wait = wait_seconds
        self._epoch = -1
        self._next: int | None = None
        self._held: dict[int, tuple[float, T]] = {}
        self.late = 0
        self.skipped = 0

    @property
    def held(self) -> int:
        """Items that wait."""
        return len(self._held)

    @property
    def release_at(self) -> float | None:
        """When to call `release`, if nothing comes until then; None while nothing waits."""
        if not self._held:
            return None
        return min(came for came, _ in self._held.values()) + self._wait

    def push(self, epoch: int, sequence: int, item: T, now: float) -> list[T]:
        """Take one item; the items whose turn it is, in order."""
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
        """The items whose turn it is because others have waited long enough."""
        released: list[T] = []
        while self._held:
            first = min(self._held)
            if first not in {0, self._next} and not self._gives_up(now):
                break
            released.append(self._pass(first))
        return released

    def _begin(self, epoch: int) -> list[T]:
        """A new epoch: nothing waits for the old one any more."""
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
