"""Run Lua scripts by their digest, several in one round trip.

If Redis does not know a script (`NOSCRIPT`: it executed nothing), the script is loaded and called
again.
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
    """Text of a script, and its SHA-1 digest."""

    text: str
    digest: str


@dataclass(frozen=True)
class ScriptCall:
    """One execution of a script, and the commands that belong to it.

    Attributes:
        script: script to execute.
        keys: KEYS, all in one slot.
        arguments: ARGV.
        then: commands that follow the script and move data that is too large for Lua. With such
            commands, the answer is a list: the reply of the script, then theirs. Redis executes
            them even if the script fails, so they must have no effect unless the script succeeded.
        atomic: run script and `then` in one transaction. Redis refuses transactions while its
            memory is full, even if the commands need no memory.
    """

    script: Script
    keys: Sequence[str]
    arguments: Sequence[bytes | str | int]
    then: Sequence[Command] = ()
    atomic: bool = False

    def commands(self) -> list[Command]:
        """The commands to send."""
        evaluation = "EVALSHA", self.script.digest, len(self.keys), *self.keys, *self.arguments
        if not self.atomic:
            return [evaluation, *self.then]
        return [("MULTI",), evaluation, *self.then, ("EXEC",)]

    def answer(self, replies: Sequence[Any]) -> Any:
        """The answer or the error, from the replies to `commands`."""
        if self.atomic and not isinstance(replies[-1], list):  # EXEC failed: nothing happened
            return next(reply for reply in replies if isinstance(reply, Exception))
        answers = replies[-1] if self.atomic else replies
        return answers[0] if isinstance(answers[0], Exception) or not self.then else answers


@cache
def load(package: str, *names: str) -> Script:
    """The concatenation of `.lua` files of a package, named without `.lua`."""
    folder = files(package)
    text = "\n".join((folder / f"{name}.lua").read_text(encoding="utf-8") for name in names)
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


async def run(redis: Redis, call: ScriptCall) -> Any:
    """The answer to one call.

    Raises:
        redis.RedisError: Redis refused the call, or it is unknown whether the script ran.
    """
    answer = (await run_together(redis, [call]))[0]
    if isinstance(answer, Exception):
        raise answer
    return answer


async def run_together(
    redis: Redis, calls: Sequence[ScriptCall], publish: Sequence[tuple[str, bytes]] = ()
) -> list[Any]:
    """The answers or errors of several calls, in order, in one round trip.

    A second round trip follows if Redis did not know a script.

    Args:
        redis: Redis client.
        calls: scripts to run.
        publish: channels and messages to publish before the calls.

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
    """Write to a connection directly: the client's pipeline costs twice as much per frame."""
    batches = [call.commands() for call in calls]
    commands: list[Command] = [("PUBLISH", channel, message) for channel, message in publish]
    commands += [command for batch in batches for command in batch]
    pool: Any = redis.connection_pool  # its methods have no types
    connection: AbstractConnection = await pool.get_connection()
    try:
        replies = await _round_trip(connection, [_packed(command) for command in commands])
    except BaseException:  # unread replies must not be taken as replies to the next call
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
    """The replies and errors, with one timeout for all of them.

    The client has one timeout for sending, which starts a task, and one per reply. They cost more
    than the work itself, so they are off during the round trip.
    """
    seconds, connection.socket_timeout = connection.socket_timeout, None
    try:
        async with asyncio.timeout(seconds):
            await connection.send_packed_command(packed)
            return [await _reply(connection) for _ in packed]
    except TimeoutError as error:
        raise RedisTimeoutError(f"No reply within {seconds} seconds") from error
    finally:
        connection.socket_timeout = seconds


async def _reply(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error
