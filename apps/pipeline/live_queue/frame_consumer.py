"""The live queue for workers: pop frames under a lease, and settle each exactly once.

Every pop and every settlement of an incarnation has a number. The consumer never guesses what a
lost answer contained. The next pop reports the last answer that arrived, and the queue counts the
frames of lost answers as lost. A settlement without an answer is sent again, unchanged, until Redis
confirms it.
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
    """Identity of a popped frame, required to settle it."""

    incarnation: str  #: incarnation of the worker that popped it
    ledger_id: str  #: data set from which it was popped
    call: int  #: number of the pop
    place: int  #: position in that pop, from 1


@dataclass(frozen=True, slots=True)
class PoppedFrame:
    """A popped frame, not decoded yet."""

    ticket: Ticket  #: identity for `FrameConsumer.settle`
    data: bytes  #: MessagePack of a `Frame`; any bytes from foreign producers
    arrived_at: int  #: when the queue counted the frame, microseconds of Redis' clock
    arrival: int  #: number of the frame in its stream, from 1
    name: str  #: stream name in the ledger


@dataclass(frozen=True, slots=True)
class Batch:
    """Answer to a pop."""

    frames: Sequence[PoppedFrame] = ()  #: popped frames
    claimed: int = 0  #: dropped frames that this worker must add to its scaling signal
    at: int = 0  #: time of the pop, microseconds of Redis' clock


@dataclass
class _Settlements:
    """Settlements of one incarnation."""

    ledger_id: str = ""  #: data set of the popped frames
    held: int = 0  #: popped frames without an outcome
    number: int = 0  #: of the last settlement
    #: outcomes sent with that settlement, until Redis confirms it
    in_doubt: list[tuple[Ticket, str]] = field(default_factory=list)
    #: outcomes that have not been sent
    waiting: list[tuple[Ticket, str]] = field(default_factory=list)

    def prepare(self) -> bool:
        """Start a settlement unless one is in doubt; whether there is one to send."""
        if not self.in_doubt and self.waiting:
            self.number += 1
            self.in_doubt, self.waiting = self.waiting, []
        return bool(self.in_doubt)

    @property
    def done(self) -> bool:
        """Whether this incarnation has nothing left to settle."""
        return not (self.held or self.in_doubt or self.waiting)


class FrameConsumer:
    """The live queue of one task, for one worker. Not safe for concurrent use.

    Attributes:
        incarnation: identity of the worker in the queue; new after every lost lease.
        leases_lost: leases lost because the worker was silent or Redis lost its data.
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
        self._settlements: dict[str, _Settlements] = {}
        self.leases_lost = 0
        self._begin()

    def _begin(self) -> None:
        self.incarnation = secrets.token_hex(8)
        self._settlements[self.incarnation] = _Settlements()
        self._call = 0
        self._arrived = 0

    def settle(self, ticket: Ticket, outcome: str | DropReason) -> None:
        """Record the outcome of a frame. The next `exchange` sends it to the ledger."""
        name = f"dropped|{outcome.value}" if isinstance(outcome, DropReason) else outcome
        settlements = self._settlements[ticket.incarnation]
        settlements.held -= 1
        settlements.waiting.append((ticket, name))

    async def exchange(self, wanted: int, publish: Sequence[tuple[str, bytes]] = ()) -> Batch:
        """Send settlements, renew the lease and pop frames, in one round trip.

        Args:
            wanted: maximum number of frames.
            publish: channels and messages to publish in the same round trip. They are sent once,
                even if the exchange fails.

        Raises:
            redis.RedisError: Redis did not answer. Call again; no settlement is forgotten.
        """
        settled = [name for name, one in self._settlements.items() if one.prepare()]
        bounds = self._settings.arguments()
        calls = [self._settlement(name, bounds, self._lease_us) for name in settled]
        self._call += 1
        arguments = [
            *bounds, self.incarnation, self._call, self._arrived,
            self._lease_us, self._settlements[self.incarnation].ledger_id,
        ]  # fmt: skip
        into = keys.transfers(self._task, self.incarnation, self._call, wanted)
        take = [("LPOP", transfer) for transfer in into]
        calls.append(ScriptCall(_POP, [*self._keys, *into], arguments, take))
        popper = self.incarnation
        answers = await redis_script.run_together(self._redis, calls, publish)
        self._confirm(settled, answers[:-1])
        if isinstance(answers[-1], RedisError):
            raise answers[-1]
        answer, *popped = answers[-1] if take else answers[-1:]
        return self._take(answer, popped, popper)

    async def leave(self) -> None:
        """Send the settlements and end the lease. Call this last.

        Raises:
            redis.RedisError: Redis did not answer. Call again, or let the lease expire.
        """
        own = self._settlements[self.incarnation]
        if not own.prepare():
            own.number += 1
        settled = [name for name, one in self._settlements.items() if one.prepare() or one is own]
        bounds = self._settings.arguments()
        calls = [self._settlement(name, bounds, 0) for name in settled]
        self._confirm(settled, await redis_script.run_together(self._redis, calls))

    async def wait(self, seconds: float) -> None:
        """Wait for the notification of a push, at most for the given time.

        Raises:
            redis.RedisError: Redis did not answer.
        """
        notifications = self._keys[1 + keys.LIVE_PARTS.index("bell")]
        await self._redis.blpop([notifications], seconds)

    def _settlement(
        self, incarnation: str, bounds: Sequence[str | int], lease_us: int
    ) -> ScriptCall:
        settlements = self._settlements[incarnation]
        arguments: list[str | int | bytes] = [
            *bounds, incarnation, settlements.number, settlements.ledger_id, lease_us,
        ]  # fmt: skip
        for ticket, outcome in settlements.in_doubt:
            arguments += [ticket.call, ticket.place, outcome]
        return ScriptCall(_SETTLE, self._keys, arguments)

    def _confirm(self, settled: Sequence[str], answers: Sequence[Any]) -> None:
        for incarnation, answer in zip(settled, answers, strict=True):
            if isinstance(answer, Exception):
                raise answer
            self._settlements[incarnation].in_doubt = []
        for incarnation in [name for name, one in self._settlements.items() if one.done]:
            if incarnation != self.incarnation:
                del self._settlements[incarnation]

    def _take(self, answer: Any, data: Sequence[Any], popper: str) -> Batch:
        status, ledger_id, at, claimed, entries = answer
        if status != b"ok":
            self.leases_lost += 1
            self._begin()
            return Batch(at=int(at))
        frames = data[: len(entries)]
        if not all(isinstance(frame, bytes) for frame in frames):
            raise ResponseError("Frames are missing in the reply. The next pop counts them as lost")
        settlements = self._settlements[popper]
        settlements.ledger_id = ledger_id.decode()
        settlements.held += len(frames)
        self._arrived = self._call
        popped = tuple(
            _popped(Ticket(popper, settlements.ledger_id, self._call, place), data, entry)
            for place, (data, entry) in enumerate(zip(frames, entries, strict=True), start=1)
        )
        return Batch(popped, int(claimed), int(at))


def _popped(ticket: Ticket, data: bytes, entry: bytes) -> PoppedFrame:
    _, arrived, arrival, name = entry.split(b" ", 3)
    return PoppedFrame(ticket, data, int(arrived), int(arrival), name.decode(errors="replace"))
