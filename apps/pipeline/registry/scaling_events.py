"""Decisions and limits of the autoscaler, for the dashboard.

The local runner writes them, and the gateway reads them. In a cluster they are optional. Both are
bounded and expire. All functions raise `redis.RedisError` if Redis does not answer.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from apps.pipeline import keys
from apps.pipeline.messages import wire
from apps.pipeline.registry.control import ScalingEvent, ScalingLimits
from apps.runtime.errors import WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["read_events", "read_limits", "write_event", "write_limits"]

log = logging.getLogger(__name__)

_KEPT = 200
_KEEP_SECONDS = 24 * 3600
_LIMITS_SECONDS = 3600


async def write_event(redis: Redis, event: ScalingEvent) -> None:
    """Append a decision to the list."""
    pipeline = redis.pipeline(transaction=False)
    pipeline.rpush(keys.SCALING_EVENTS, wire.encode(event))
    pipeline.ltrim(keys.SCALING_EVENTS, -_KEPT, -1)
    pipeline.expire(keys.SCALING_EVENTS, _KEEP_SECONDS)
    await pipeline.execute()


async def read_events(redis: Redis) -> list[ScalingEvent]:
    """The latest decisions, oldest first."""
    found = []
    messages: Any = await redis.lrange(keys.SCALING_EVENTS, -_KEPT, -1)
    for message in messages:
        try:
            found.append(wire.decode(ScalingEvent, message))
        except WireError as error:
            log.warning("invalid scaling event: %s", error)
    return found


async def write_limits(redis: Redis, limits: ScalingLimits) -> None:
    """Store the limits of the autoscaler of a task. They expire: repeat this within the hour."""
    pipeline = redis.pipeline(transaction=False)
    pipeline.hset(keys.SCALING_LIMITS, limits.task, wire.encode(limits))
    pipeline.expire(keys.SCALING_LIMITS, _LIMITS_SECONDS)
    await pipeline.execute()


async def read_limits(redis: Redis) -> dict[str, ScalingLimits]:
    """The limits, by task."""
    found = {}
    messages: Any = await redis.hgetall(keys.SCALING_LIMITS)
    for task, message in messages.items():
        try:
            found[task.decode()] = wire.decode(ScalingLimits, message)
        except WireError as error:
            log.warning("invalid scaling limits: %s", error)
    return found
