"""A worker's hands on the live queue: pop with a lease, settle exactly once.

Every pop and every settlement of an incarnation has a number. An answer that was lost is never
guessed: the next pop tells the queue which answer arrived last (frames of a lost answer are booked
lost), and a settlement in doubt is sent again, unchanged, until Redis says that it is booked.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError, ResponseError

from apps.pipeline import keys, redis_script
from apps.pipeline.live_queue.settings import LiveSettings
from apps.pipeline.messages import DropReason
from apps.pipeline.redis_script import ScriptCall

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["INFERRED", "Batch", "FrameConsumer", "PoppedFrame", "Ticket"]

_POP = redis_script.load(__package__, "live", "pop")
_SETTLE = redis_script.load(__package__, "live", "settle")

INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a frame in hand must be settled under."""

    incarnation: str
    ledger_id: str
    call: int
    place: int


@dataclass(frozen=True, slots=True)
class PoppedFrame:
    """A frame as it came out of the queue, not yet looked at.

    Attributes:
        ticket: to settle it.
        data: MessagePack, if its producer was honest.
        arrived_at: when the queue first saw it, microseconds of Redis' clock.
        arrival: how many frames of its stream the queue had seen by then, itself included.
        name: stream name as the ledger has it.
    """

    ticket: Ticket
    data: bytes
    arrived_at: int
    arrival: int
    name: str


@dataclass(frozen=True, slots=True)
class Batch:
    """An answer to a pop: frames, and the unserved drops that this worker must answer for."""

    frames: Sequence[PoppedFrame] = ()
    claimed: int = 0
    at: int = 0


@dataclass
class _Book:
    """Settlements of one incarnation: those in doubt, and those not yet sent."""

    ledger_id: str = ""
    held: int = 0
    number: int = 0
    in_doubt: list[tuple[Ticket, str]] = field(default_factory=list)
    waiting: list[tuple[Ticket, str]] = field(default_factory=list)

    def prepare(self) -> bool:
        """Put what waits into a settlement, unless one is in doubt; whether there is one."""
        if not self.in_doubt and self.waiting:
            self.number += 1
            self.in_doubt, self.waiting = self.waiting, []
        return bool(self.in_doubt)

    @property
    def done(self) -> bool:
        """Whether nothing will ever be settled here again."""
        return not (self.held or self.in_doubt or self.waiting)


class FrameConsumer:
    """One worker's view of the live queue of its task. Not for concurrent use.

    Attributes:
        incarnation: who we are for the queue; new after every lost lease.
        leases_lost: how often we were silent for too long, or Redis lost its data.
    """

    def __init__(
        self,
        redis: Redis,
        task: str,
        settings: LiveSettings | None = None,
        *,
        lease_seconds: float = 10.0,
    ) -> None:
        self._redis = redis
        self._task = task
        self._keys = keys.live_keys(task)
        self._settings = settings or LiveSettings()
        self._lease_us = int(lease_seconds * 1_000_000)
        self._books: dict[str, _Book] = {}
        self.leases_lost = 0
        self._begin()

    def _begin(self) -> None:
        self.incarnation = secrets.token_hex(8)
        self._books[self.incarnation] = _Book()
        self._call = 0
        self._arrived = 0

    def settle(self, ticket: Ticket, outcome: str | DropReason) -> None:
        """Say what became of a frame; the next `exchange` books it."""
        name = f"dropped|{outcome.value}" if isinstance(outcome, DropReason) else outcome
        book = self._books[ticket.incarnation]
        book.held -= 1
        book.waiting.append((ticket, name))

    async def exchange(self, wanted: int, publish: Sequence[tuple[str, bytes]] = ()) -> Batch:
        """Book what is settled, renew the lease, take at most `wanted` frames; one round trip.

        Args:
            wanted: frames to take at most.
            publish: channels and messages that travel with it; they are sent once, whatever
                becomes of the exchange.

        Raises:
            redis.RedisError: no answer; nothing is forgotten, call again.
        """
        settled = [name for name, book in self._books.items() if book.prepare()]
        bounds = self._settings.arguments()
        calls = [self._settlement(name, bounds, self._lease_us) for name in settled]
        self._call += 1
        arguments = [
            *bounds, self.incarnation, self._call, self._arrived,
            self._lease_us, self._books[self.incarnation].ledger_id,
        ]  # fmt: skip
        into = keys.hands(self._task, self.incarnation, self._call, wanted)
        take = [("LPOP", hand) for hand in into]
        calls.append(ScriptCall(_POP, [*self._keys, *into], arguments, take))
        popper = self.incarnation
        answers = await redis_script.run_together(self._redis, calls, publish)
        self._confirm(settled, answers[:-1])
        if isinstance(answers[-1], RedisError):
            raise answers[-1]
        answer, *hands = answers[-1] if take else answers[-1:]
        return self._take(answer, hands, popper)

    async def leave(self) -> None:
        """Book what is settled and end the lease: the last thing a worker says.

        Raises:
            redis.RedisError: no answer; call again, or let the lease end by itself.
        """
        own = self._books[self.incarnation]
        if not own.prepare():
            own.number += 1
        settled = [name for name, book in self._books.items() if book.prepare() or book is own]
        bounds = self._settings.arguments()
        calls = [self._settlement(name, bounds, 0) for name in settled]
        self._confirm(settled, await redis_script.run_together(self._redis, calls))

    async def wait(self, seconds: float) -> None:
        """Wait until a push rings, or for that long.

        Raises:
            redis.RedisError: no answer.
        """
        bell = self._keys[1 + keys.LIVE_PARTS.index("bell")]
        await self._redis.blpop([bell], seconds)

    def _settlement(
        self, incarnation: str, bounds: Sequence[str | int], lease_us: int
    ) -> ScriptCall:
        book = self._books[incarnation]
        arguments: list[str | int | bytes] = [
            *bounds, incarnation, book.number, book.ledger_id, lease_us,
        ]  # fmt: skip
        for ticket, outcome in book.in_doubt:
            arguments += [ticket.call, ticket.place, outcome]
        return ScriptCall(_SETTLE, self._keys, arguments)

    def _confirm(self, settled: Sequence[str], answers: Sequence[Any]) -> None:
        for incarnation, answer in zip(settled, answers, strict=True):
            if isinstance(answer, Exception):
                raise answer
            self._books[incarnation].in_doubt = []
        for incarnation in [name for name, book in self._books.items() if book.done]:
            if incarnation != self.incarnation:
                del self._books[incarnation]

    def _take(self, answer: Any, hands: Sequence[Any], popper: str) -> Batch:
        status, ledger_id, at, claimed, entries = answer
        if status != b"ok":
            self.leases_lost += 1
            self._begin()
            return Batch(at=int(at))
        frames = hands[: len(entries)]
        if not all(isinstance(frame, bytes) for frame in frames):
            raise ResponseError("frames vanished on their way: the next pop books them as lost")
        book = self._books[popper]
        book.ledger_id = ledger_id.decode()
        book.held += len(frames)
        self._arrived = self._call
        popped = tuple(
            _popped(Ticket(popper, book.ledger_id, self._call, place), data, entry)
            for place, (data, entry) in enumerate(zip(frames, entries, strict=True), start=1)
        )
        return Batch(popped, int(claimed), int(at))


def _popped(ticket: Ticket, data: bytes, entry: bytes) -> PoppedFrame:
    _, arrived, arrival, name = entry.split(b" ", 3)
    return PoppedFrame(ticket, data, int(arrived), int(arrival), name.decode(errors="replace"))
