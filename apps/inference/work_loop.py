"""The protocol of a worker's two loops: live frames and jobs."""

from __future__ import annotations

from typing import Literal, Protocol

__all__ = ["WorkKind", "WorkLoop"]

WorkKind = Literal["live", "job"]


class WorkLoop(Protocol):
    """Moves work of one kind between its queue and the inference slots.

    `apps.inference.live_loop` and `apps.inference.job_loop` implement it. `exchange`, `wait` and
    `leave` raise `redis.RedisError` when Redis does not answer.
    """

    @property
    def kind(self) -> WorkKind:
        """Kind of work."""

    @property
    def poll_seconds(self) -> float:
        """How often to look at an empty queue without a notification, seconds."""

    def is_due(self, seconds: float) -> bool:
        """Whether to exchange although no work is wanted, `seconds` after the last exchange."""

    async def exchange(self, wanted: int) -> int:
        """Send finished work and take at most `wanted` new items; return how many were taken."""

    async def wait(self, seconds: float) -> None:
        """Wait for a notification of new work, for at most `seconds`."""

    async def leave(self) -> None:
        """Send finished work and leave the queue."""
