"""Lua scripts, run by their digest; several in one round trip.

A script is sent once per Redis; when Redis answers that it does not know it (`NOSCRIPT`: nothing
was executed), it is loaded and asked again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import hiredis
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.connection import AbstractConnection

__all__ = ["Command", "Script", "ScriptCall", "load", "run", "run_together"]

Command = tuple[bytes | str | int, ...]


@dataclass(frozen=True)
class Script:
    """A script's text and its digest."""

    text: str
    digest: str


@dataclass(frozen=True)
class ScriptCall:
    """One execution of a script, and the commands that belong to it.

    Attributes:
        script: to execute.
        keys: KEYS, all in one slot.
        arguments: ARGV.
        then: commands that follow it; where there are any, the answer is a list, the script's and
            theirs. They carry what is too large for Lua. Redis executes them even if the script
            fails, so they must do nothing unless it has prepared something for them.
        atomic: nobody else's command comes between script and `then`. Redis refuses that, whatever
            the commands are, while its memory is full.
    """

    script: Script
    keys: Sequence[str]
    arguments: Sequence[bytes | str | int]
    then: Sequence[Command] = ()
    atomic: bool = False

    def commands(self) -> list[Command]:
        """What is sent."""
        evaluation = "EVALSHA", self.script.digest, len(self.keys), *self.keys, *self.arguments
        if not self.atomic:
            return [evaluation, *self.then]
        return [("MULTI",), evaluation, *self.then, ("EXEC",)]

    def answer(self, replies: Sequence[Any]) -> Any:
        """The answer, or the error, out of the replies to `commands`."""
        if self.atomic and not isinstance(replies[-1], list):  # EXEC failed: nothing happened
            return next(reply for reply in replies if isinstance(reply, Exception))
        answers = replies[-1] if self.atomic else replies
        return answers[0] if isinstance(answers[0], Exception) or not self.then else answers


@cache
def load(package: str, *names: str) -> Script:
    """The script made of the named `.lua` files of a package, one after the other."""
    folder = files(package)
    text = "\n".join((folder / f"{name}.lua").read_text(encoding="utf-8") for name in names)
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


async def run(redis: Redis, call: ScriptCall) -> Any:
    """The script's answer.

    Raises:
        redis.RedisError: Redis refused, or it is unknown whether the script was executed.
    """
    answer = (await run_together(redis, [call]))[0]
    if isinstance(answer, Exception):
        raise answer
    return answer


async def run_together(
    redis: Redis, calls: Sequence[ScriptCall], publish: Sequence[tuple[str, bytes]] = ()
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
    redis: Redis, calls: Sequence[ScriptCall], publish: Sequence[tuple[str, bytes]] = ()
) -> list[Any]:
    """Straight through a connection: the client's own pipeline costs twice as much per frame."""
    batches = [call.commands() for call in calls]
    commands: list[Command] = [("PUBLISH", channel, message) for channel, message in publish]
    commands += [command for batch in batches for command in batch]
    pool: Any = redis.connection_pool  # its methods have no types
    connection: AbstractConnection = await pool.get_connection()
    try:
        replies = await _round_trip(connection, [_packed(command) for command in commands])
    except BaseException:  # answers that nobody read must not be taken for those of the next call
        await connection.disconnect(nowait=True)
        raise
    finally:
        await pool.release(connection)
    answers, read = [], len(publish)
    for call, batch in zip(calls, batches, strict=True):
        answers.append(call.answer(replies[read : read + len(batch)]))
        read += len(batch)
    return answers


def _packed(command: Command) -> bytes:
    pack: Callable[[Command], bytes] = hiredis.pack_command  # type: ignore[assignment]  # its stub takes one word
    return pack(command)


async def _round_trip(connection: AbstractConnection, packed: list[bytes]) -> list[Any]:
    """Replies and errors, under one time-out for all.

    The client's own time-outs, one for sending (a task of its own) and one for each reply, cost
    more than what they guard; they rest meanwhile.
    """
    seconds, connection.socket_timeout = connection.socket_timeout, None
    try:
        async with asyncio.timeout(seconds):
            await connection.send_packed_command(packed)
            return [await _reply(connection) for _ in packed]
    except TimeoutError as error:
        raise RedisTimeoutError(f"no answer within {seconds} seconds") from error
    finally:
        connection.socket_timeout = seconds


async def _reply(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error
