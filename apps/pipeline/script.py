"""Lua scripts, run by their digest; several in one round trip.

A script is sent once per Redis; when Redis answers that it does not know it (`NOSCRIPT`: nothing
was executed), it is loaded and asked again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import hiredis
from redis.exceptions import NoScriptError, ResponseError

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.connection import AbstractConnection

__all__ = ["Call", "Script", "load", "run", "run_together"]


@dataclass(frozen=True)
class Script:
    """A script's text and its digest."""

    text: str
    digest: str


@dataclass(frozen=True)
class Call:
    """One execution of a script: KEYS in one slot, and ARGV."""

    script: Script
    keys: Sequence[str]
    arguments: Sequence[bytes | str | int]


@cache
def load(*names: str) -> Script:
    """The script made of the named files of `lua/`, one after the other."""
    folder = files("apps.pipeline") / "lua"
    text = "\n".join((folder / f"{name}.lua").read_text(encoding="utf-8") for name in names)
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


async def run(redis: Redis, call: Call) -> Any:
    """The script's answer.

    Raises:
        redis.RedisError: Redis refused, or it is unknown whether the script was executed.
    """
    answer = (await run_together(redis, [call]))[0]
    if isinstance(answer, Exception):
        raise answer
    return answer


async def run_together(
    redis: Redis, calls: Sequence[Call], publish: Sequence[tuple[str, bytes]] = ()
) -> list[Any]:
    """Each call's answer or error, in order, all in one round trip (two when one was unknown).

    Args:
        redis: where to.
        calls: the scripts.
        publish: channels and messages that go first; whether anybody heard them is not told.

    Raises:
        redis.RedisError: the connection failed; it is unknown which calls were executed.
    """
    answers = await _send(redis, calls, publish)
    unknown = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        for text in {calls[i].script.text for i in unknown}:
            await redis.script_load(text)
        again = await _send(redis, [calls[i] for i in unknown])
        for i, answer in zip(unknown, again, strict=True):
            answers[i] = answer
    return answers


async def _send(
    redis: Redis, calls: Sequence[Call], publish: Sequence[tuple[str, bytes]] = ()
) -> list[Any]:
    """Straight through a connection: the client's own pipeline costs twice as much per frame."""
    commands = [_packed("PUBLISH", channel, message) for channel, message in publish]
    commands += [
        _packed("EVALSHA", call.script.digest, len(call.keys), *call.keys, *call.arguments)
        for call in calls
    ]
    pool: Any = redis.connection_pool  # its methods have no types
    connection: AbstractConnection = await pool.get_connection()
    try:
        await connection.send_packed_command(commands)
        answers = [await _answer(connection) for _ in commands]
    except BaseException:  # answers that nobody read must not be taken for those of the next call
        await connection.disconnect(nowait=True)
        raise
    finally:
        await pool.release(connection)
    return answers[len(publish) :]


def _packed(*words: bytes | str | int) -> bytes:
    pack: Callable[[tuple[bytes | str | int, ...]], bytes] = hiredis.pack_command  # type: ignore[assignment]  # its stub takes one word
    return pack(words)


async def _answer(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error
