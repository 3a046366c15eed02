"""The live queue of one task: bounded, the newest frame wins, and every drop is counted.

Four Lua scripts in this folder do the atomic work; this module gives them types. Producers call
`FrameQueue.push`. While they do not know whether a frame arrived, they push the same frame again:
the queue recognises a repeat by stream, epoch and sequence, and returns the first answer. Workers
use `FrameConsumer` (`frame_consumer.py`) to pop and settle frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from apps.pipeline import keys, redis_script
from apps.pipeline.live_queue.ledger import Ledger, read_ledger
from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.messages import Frame, wire
from apps.pipeline.redis_script import ScriptCall
from apps.runtime.errors import QueueError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["FrameQueue", "PushAnswer", "Pushed"]

_PUSH = redis_script.load(__package__, "live", "push")
_SWEEP = redis_script.load(__package__, "live", "sweep")


class PushAnswer(StrEnum):
    """Outcome of a push."""

    ACCEPTED = "accepted"
    NEWEST = "newest"  # accepted and dropped at once: the queue was full (policy newest)
    FULL = "full"  # not accepted (policy block): push the same frame again
    TOO_LARGE = "too_large"  # refused
    CONFLICT = "conflict"  # refused: another live source with the same name started later
    REPEAT = "repeat"  # an older frame of this epoch, which was already answered


@dataclass(frozen=True)
class Pushed:
    """Answer to a push."""

    answer: PushAnswer  #: outcome of the push
    waiting: int  #: frames that wait in the queue


class FrameQueue:
    """The live queue of one task, for producers and for the gateway."""

    def __init__(self, redis: Redis, task: str, settings: LiveSettings | None = None) -> None:
        self.task = task
        self._redis = redis
        self._settings = settings or LiveSettings()
        self._keys = keys.live_keys(task)
        self._was_full = False

    async def push(self, frame: Frame, policy: Policy = Policy.OLDEST) -> Pushed:
        """Push a frame that has a sequence and an epoch.

        Raises:
            QueueError: the frame has no sequence or epoch, or belongs to another task.
            redis.RedisError: Redis did not answer, or refused to write. Push the same frame again
                until there is an answer.
        """
        if frame.sequence is None or frame.epoch is None or frame.category != self.task:
            raise QueueError("A pushed frame needs a sequence, an epoch and the task of its queue")
        if policy is Policy.BLOCK and self._was_full:  # do not send frames that would be refused
            waiting = await self._waiting()
            if waiting >= self._settings.queue_items:
                return Pushed(PushAnswer.FULL, waiting)
        message = wire.encode(frame)
        arguments = [
            *self._settings.arguments(),
            len(message), frame.name, frame.epoch, frame.sequence, policy.value,
        ]  # fmt: skip
        entrance, queue = keys.entrance(self.task), self._keys[0]
        enter = ("RPUSHX", entrance, message), ("LPOP", entrance), ("RENAME", entrance, queue)
        call = ScriptCall(_PUSH, [*self._keys, entrance], arguments, enter, atomic=True)
        (word, waiting), *_ = await redis_script.run(self._redis, call)
        answer = PushAnswer(word.decode())
        self._was_full = answer is PushAnswer.FULL
        return Pushed(answer, int(waiting))

    async def _waiting(self) -> int:
        length: Any = await self._redis.llen(self._keys[0])
        return int(length)

    async def sweep(self) -> Ledger:
        """Enforce the limits, expire leases and read the ledger, in one atomic step.

        Raises:
            redis.RedisError: Redis did not answer, or refused to write.
        """
        call = ScriptCall(_SWEEP, self._keys, self._settings.arguments())
        answer: list[Any] = await redis_script.run(self._redis, call)
        return read_ledger(self.task, answer)
