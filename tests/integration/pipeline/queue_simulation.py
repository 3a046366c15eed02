"""Producers and consumers of one live queue in one process, with a network that loses messages.

Each step is a method, so that a test can run any sequence of steps and then compare the ledger with
the expected ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.pipeline import keys, redis_script
from apps.pipeline.live_queue import frame_consumer, frame_queue
from apps.pipeline.live_queue.frame_consumer import INFERRED, FrameConsumer, PoppedFrame
from apps.pipeline.live_queue.frame_queue import FrameQueue, PushAnswer
from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.messages import DropReason, Frame, wire
from apps.pipeline.redis_script import ScriptCall
from tests.integration.pipeline.expected_ledger import ExpectedLedger
from tests.integration.pipeline.frame_number import number_of, picture_of
from tests.integration.pipeline.worker_log import HeldFrame

__all__ = ["LIMITS", "NetworkFault", "QueueSimulation"]

LIMITS = LiveSettings(queue_items=3, queue_bytes=4096, frame_bytes=1024)

_KEYS = dict(zip(("queue", *keys.LIVE_PARTS), keys.live_keys("face"), strict=True))
_QUEUE, _LEDGER, _LOST, _LEASES = (_KEYS[part] for part in ("queue", "ledger", "lost", "leases"))


class NetworkFault(Enum):
    """Fault of the network for the next message."""

    NONE = "none"
    REQUEST_DELAYED = "request delayed"  # the sender gets no answer; it may arrive much later
    ANSWER_LOST = "answer lost"


@dataclass
class Producer:
    """One stream that uses `FrameQueue.push`."""

    name: str
    epoch: int = 1
    sequence: int = 0
    unanswered: Frame | None = None


@dataclass
class QueueSimulation:
    """Two streams, two workers, and foreign producers and consumers of one queue.

    Attributes:
        redis: Redis client.
        expected: independent account of all frames since the data set began.
        fault: network fault of the next message only.
    """

    redis: Redis
    expected: ExpectedLedger = field(default_factory=ExpectedLedger)
    fault: NetworkFault = NetworkFault.NONE

    def __post_init__(self) -> None:
        self.queue = FrameQueue(self.redis, "face", LIMITS)
        self.producers = [Producer("a|b c"), Producer("é")]
        self.consumers = [FrameConsumer(self.redis, "face", LIMITS) for _ in range(2)]
        self.held_frames: list[list[PoppedFrame]] = [[], []]
        self._delayed: list[Sequence[ScriptCall]] = []
        self._numbers = 0
        self._foreign = ""
        self._settlements: set[tuple[Any, Any]] = set()

    async def network(
        self,
        redis: Redis,
        calls: Sequence[ScriptCall],
        publish: Sequence[tuple[str, bytes]] = (),
    ) -> list[Any]:
        """Replacement of `redis_script.run_together`."""
        fault, self.fault = self.fault, NetworkFault.NONE
        if fault is NetworkFault.REQUEST_DELAYED:
            self._delayed.append(calls)
            raise RedisConnectionError("no answer")
        await self._foresee_unbooked(calls)
        answers = await RUN_TOGETHER(redis, calls, publish)
        if fault is NetworkFault.ANSWER_LOST:
            raise RedisConnectionError("no answer")
        return answers

    async def push(self, index: int, policy: Policy, *, large: bool = False) -> None:
        """Push the next frame of a stream, or repeat the push that was not answered."""
        producer = self.producers[index]
        if producer.unanswered is None:
            data = picture_of(self._next_number()) + bytes(LIMITS.frame_bytes if large else 0)
            producer.unanswered = Frame(
                name=producer.name, category="face", data=data, sequence=producer.sequence,
                epoch=producer.epoch, captured_at=1,
            )  # fmt: skip
            producer.sequence += 1
        try:
            pushed = await self.queue.push(producer.unanswered, policy)
        except RedisConnectionError:
            return
        if pushed.answer is not PushAnswer.FULL:
            self.expected.answered(producer.name, pushed.answer.value)
            producer.unanswered = None

    def restart(self, index: int) -> None:
        """Restart a stream, unless its last push was not answered."""
        producer = self.producers[index]
        if producer.unanswered is None:
            producer.epoch += 1
            producer.sequence = 0

    async def exchange(self, index: int, wanted: int) -> None:
        """Exchange settlements and frames for one worker."""
        try:
            batch = await self.consumers[index].exchange(wanted)
        except RedisConnectionError:
            return
        for popped in batch.frames:
            held = HeldFrame(number_of(popped.data), popped.name)
            self.expected.workers.held[_key(popped)] = held
        self.held_frames[index] += batch.frames

    def settle(self, index: int, outcome: str | DropReason) -> None:
        """Settle the frame that a worker has held longest."""
        if not self.held_frames[index]:
            return
        popped = self.held_frames[index].pop(0)
        number = number_of(popped.data)
        if number is None:
            outcome = DropReason.MALFORMED
        dropped = isinstance(outcome, DropReason)
        if _key(popped) in self.expected.workers.held:
            held = self.expected.workers.held[_key(popped)]
            held.outcome = f"dropped|{outcome}" if dropped else outcome
            if number is not None and not dropped:
                self.expected.workers.inferred.append(number)
        self.consumers[index].settle(popped.ticket, outcome)

    def die(self, index: int) -> None:
        """Replace a worker that dies with all its frames."""
        self.held_frames[index] = []
        self.consumers[index] = FrameConsumer(self.redis, "face", LIMITS)

    async def end_leases(self) -> None:
        """Make all leases expire."""
        leases: dict[Any, Any] = await self.redis.hgetall(_LEASES)
        for incarnation, lease in leases.items():
            _, rest = lease.split(b" ", 1)
            await self.redis.hset(_LEASES, incarnation, b"1 " + rest)
        await self.redis.hdel(_LEDGER, "swept_at")

    async def sweep(self) -> None:
        """Sweep the queue, as the gateway does once per second."""
        try:
            await self.queue.sweep()
        except RedisConnectionError:
            return
        self._foreign = ""

    async def foreign_push(self, *, large: bool = False, readable: bool = True) -> None:
        """Push with RPUSH, as foreign producers do."""
        await self._foreign_act("push")
        name = "large" if large else "gate" if readable else "unknown"
        data = picture_of(self._next_number()) + bytes(LIMITS.frame_bytes if large else 0)
        message = {"name": name, "category": "face", "data": data}
        await self.redis.rpush(_QUEUE, wire.encode(message) if readable else b"")
        self.expected.answered(name, "accepted")
        self.expected.oversized[name] += large

    async def foreign_pop(self) -> None:
        """Remove a frame with LPOP, as foreign consumers do."""
        await self._foreign_act("pop")
        name = await self._head()
        if await self.redis.lpop(_QUEUE) is not None:
            self.expected.removed[name] += 1

    async def flush(self) -> None:
        """Lose all data and all connections, so that no delayed request arrives."""
        await self.redis.flushall()
        self.expected = ExpectedLedger()
        self._delayed.clear()
        self._settlements.clear()
        self._foreign = ""

    async def deliver(self) -> None:
        """Execute a delayed request. Its sender has stopped waiting for the answer."""
        if self._delayed:
            calls = self._delayed.pop(0)
            await self._foresee_unbooked(calls)
            answers = await RUN_TOGETHER(self.redis, calls)
            if calls[0].script is frame_queue._PUSH and answers[0][0][0] == b"conflict":
                self.expected.answered(str(calls[0].arguments[5]), "conflict")

    async def differences(self) -> list[str]:
        """Finish all work, and compare the ledger with the expected ledger."""
        self.fault = NetworkFault.NONE
        for index, producer in enumerate(self.producers):
            while producer.unanswered is not None:
                await self.push(index, Policy.OLDEST)
        for index, worker in enumerate(self.consumers):
            for _ in range(2):  # the first exchange may only report that the lease was lost
                await self.exchange(index, 100)
            while self.held_frames[index]:
                self.settle(index, INFERRED)
            await self.exchange(index, 0)
            await worker.leave()
        await self.end_leases()
        ledger = await self.queue.sweep()
        assert (ledger.total.queued, ledger.total.in_flight) == (0, 0)
        self.expected.lost.clear()
        self.expected.read_lost(await self.redis.hgetall(_LOST))
        return self.expected.differences(ledger)

    async def _foreign_act(self, what: str) -> None:
        """Sweep between foreign pushes and foreign pops: scripts see only their difference."""
        if self._foreign not in {"", what}:
            await self.queue.sweep()
        self._foreign = what

    async def _head(self) -> str:
        message: Any = await self.redis.lindex(_QUEUE, 0)
        if message is None:
            return ""
        return wire.decode(Frame, message).name if message else "unknown"

    async def _foresee_unbooked(self, calls: Sequence[ScriptCall]) -> None:
        """Count settlements that reach another data set than the one of their frames, once each."""
        for call in calls:
            if call.script is frame_consumer._SETTLE:
                incarnation, number, ledger_id, _, *frames = call.arguments[4:]
                present: Any = await self.redis.hget(_LEDGER, "id")
                if (incarnation, number) not in self._settlements and (present or b"") != str(
                    ledger_id
                ).encode():
                    self.expected.unbooked += len(frames) // 3
                self._settlements.add((incarnation, number))

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers


RUN_TOGETHER = redis_script.run_together


def _key(popped: PoppedFrame) -> tuple[str, int, int]:
    ticket = popped.ticket
    return ticket.incarnation, ticket.call, ticket.place
