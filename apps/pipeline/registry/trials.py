"""Trials: one picture of an address, before the address is added as a stream.

The gateway calls `ask`. The streams service that runs the wanted streams calls `take` in a loop,
opens the source with its usual timeouts, and calls `answer` with the first picture as JPEG or with
the reason why there is none. Requests and answers expire. All functions raise `redis.RedisError` if
Redis does not answer.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from apps.pipeline import keys
from apps.pipeline.messages import wire
from apps.pipeline.registry.control import TrialAnswer, TrialAsked
from apps.runtime.errors import WireError

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["answer", "ask", "take"]

#: Seconds after which requests and answers expire.
_KEEP_SECONDS = 30
#: Maximum number of waiting requests; older ones are dropped.
_WAITING = 16


async def ask(
    redis: Redis, source: str, *, now: int, seconds: float, allow: tuple[str, ...] = ()
) -> TrialAnswer | None:
    """Ask for one picture of an address. None if no service answered in time.

    Args:
        redis: client whose timeout is longer than `seconds`.
        source: as in `StreamWanted`.
        now: microseconds of Redis' clock.
        seconds: maximum time to wait.
        allow: as in `StreamWanted`.

    Raises:
        WireError: the answer is malformed.
    """
    asked = TrialAsked(
        id=secrets.token_hex(8), source=source, until=now + int(seconds * 1e6), allow=allow
    )
    pipeline = redis.pipeline(transaction=False)
    pipeline.rpush(keys.TRIALS, wire.encode(asked))
    pipeline.ltrim(keys.TRIALS, -_WAITING, -1)
    pipeline.expire(keys.TRIALS, _KEEP_SECONDS)
    await pipeline.execute()
    found: Any = await redis.blpop([keys.trial(asked.id)], seconds)
    return None if found is None else wire.decode(TrialAnswer, found[1])


async def take(redis: Redis, *, now: int, seconds: float) -> TrialAsked | None:
    """The next request that has not expired, or None."""
    found: Any = await redis.blpop([keys.TRIALS], seconds)
    if found is None:
        return None
    try:
        asked = wire.decode(TrialAsked, found[1])
    except WireError:
        return None
    return asked if asked.until > now else None


async def answer(redis: Redis, trial_id: str, found: TrialAnswer) -> None:
    """Answer a request."""
    pipeline = redis.pipeline(transaction=False)
    pipeline.rpush(keys.trial(trial_id), wire.encode(found))
    pipeline.expire(keys.trial(trial_id), _KEEP_SECONDS)
    await pipeline.execute()
