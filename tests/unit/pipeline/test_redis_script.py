"""Lua scripts, run by their digest, several in one round trip."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from apps.local.redis_server import RedisServer
from apps.pipeline import redis_script
from apps.pipeline.redis_script import Script, ScriptCall
from apps.runtime.connection import connect


def script_of(text: str) -> Script:
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


COUNT = script_of("return redis.call('INCR', KEYS[1])")
ECHO = script_of("return ARGV[1]")
FAIL = script_of("return redis.call('LPUSH', KEYS[1], 'x')")


def test_a_script_is_the_concatenation_of_its_files() -> None:
    loaded = redis_script.load("apps.pipeline.live_queue", "live", "pop")
    assert loaded.text.index("local QUEUE") < loaded.text.index("wanted > 0")
    assert loaded.digest == hashlib.sha1(loaded.text.encode()).hexdigest()
    assert redis_script.load("apps.pipeline.live_queue", "live", "pop") is loaded


async def test_an_unknown_script_is_loaded_and_runs_once(any_redis: Redis) -> None:
    assert await redis_script.run(any_redis, ScriptCall(COUNT, ["n"], [])) == 1
    assert await redis_script.run(any_redis, ScriptCall(COUNT, ["n"], [])) == 2


async def test_scripts_are_loaded_again_after_redis_lost_them(real_redis: Redis) -> None:
    await redis_script.run(real_redis, ScriptCall(COUNT, ["n"], []))
    await real_redis.script_flush()
    assert await redis_script.run(real_redis, ScriptCall(COUNT, ["n"], [])) == 2


async def test_answers_come_in_the_order_of_the_calls(any_redis: Redis) -> None:
    await redis_script.run(any_redis, ScriptCall(ECHO, [], ["known"]))
    calls = [
        ScriptCall(ECHO, [], ["a"]),
        ScriptCall(COUNT, ["n"], []),
        ScriptCall(ECHO, [], [b"\xff"]),
    ]
    assert await redis_script.run_together(any_redis, calls) == [b"a", 1, b"\xff"]


async def test_one_call_that_fails_does_not_hide_the_others(any_redis: Redis) -> None:
    await any_redis.set("text", "no list")
    answers = await redis_script.run_together(
        any_redis,
        [
            ScriptCall(COUNT, ["n"], []),
            ScriptCall(FAIL, ["text"], []),
            ScriptCall(COUNT, ["n"], []),
        ],
    )
    assert (answers[0], answers[2]) == (1, 2)
    assert isinstance(answers[1], ResponseError)


async def test_an_error_of_the_only_call_is_raised(any_redis: Redis) -> None:
    await any_redis.set("text", "no list")
    with pytest.raises(ResponseError):
        await redis_script.run(any_redis, ScriptCall(FAIL, ["text"], []))


async def test_messages_are_published_once_even_if_a_script_is_unknown(
    real_redis: Redis,
) -> None:
    await real_redis.script_flush()
    async with real_redis.pubsub() as pubsub:
        await pubsub.subscribe("results")
        await pubsub.get_message(timeout=5)
        answers = await redis_script.run_together(
            real_redis, [ScriptCall(COUNT, ["n"], [])], [("results", b"one"), ("results", b"two")]
        )
        assert answers == [1]
        heard = [await pubsub.get_message(timeout=5) for _ in range(2)]
        assert [message and message["data"] for message in heard] == [b"one", b"two"]
        assert await pubsub.get_message(timeout=0) is None


#: Creates the list that the following commands need, if the argument asks for it.
OPEN = script_of("if ARGV[1] == 'yes' then redis.call('RPUSH', KEYS[1], '') end return ARGV[1]")


def entering(answer: str) -> ScriptCall:
    then = [("RPUSHX", "door", b"\xff"), ("LPOP", "door"), ("RENAME", "door", "list")]
    return ScriptCall(OPEN, ["door"], [answer], then, atomic=True)


async def test_replies_of_following_commands_come_after_the_reply_of_the_script(
    any_redis: Redis,
) -> None:
    await redis_script.run(any_redis, ScriptCall(ECHO, [], ["known"]))
    await any_redis.rpush("list", "one")
    take = ScriptCall(ECHO, [], ["here"], [("LPOP", "list"), ("LPOP", "list")])
    assert await redis_script.run_together(any_redis, [take, ScriptCall(ECHO, [], ["next"])]) == [
        [b"here", b"one", None],
        b"next",
    ]


async def test_a_transaction_has_the_answers_of_its_commands(any_redis: Redis) -> None:
    assert await redis_script.run(any_redis, entering("yes")) == [b"yes", 2, b"", b"OK"]
    assert await any_redis.lrange("list", 0, -1) == [b"\xff"]


async def test_following_commands_have_no_effect_unless_the_script_prepared_them(
    any_redis: Redis,
) -> None:
    answer, pushed, popped, renamed = await redis_script.run(any_redis, entering("no"))
    assert (answer, pushed, popped) == (b"no", 0, None)
    assert isinstance(renamed, ResponseError)
    assert await any_redis.keys() == []


async def test_a_transaction_with_an_unknown_script_is_executed_once(real_redis: Redis) -> None:
    await real_redis.script_flush()
    await redis_script.run(real_redis, entering("yes"))
    assert await real_redis.lrange("list", 0, -1) == [b"\xff"]


async def test_a_refused_transaction_has_no_effect_and_raises_the_reason(real_redis: Redis) -> None:
    await redis_script.run(real_redis, entering("no"))
    try:
        await real_redis.config_set("maxmemory", "1")
        with pytest.raises(OutOfMemoryError):
            await redis_script.run(real_redis, entering("yes"))
    finally:
        await real_redis.config_set("maxmemory", "1gb")
    assert await real_redis.keys() == []


async def test_a_script_that_fails_in_a_transaction_raises_its_error(real_redis: Redis) -> None:
    await real_redis.set("door", "no list")
    with pytest.raises(ResponseError, match="wrong kind"):
        await redis_script.run(real_redis, entering("yes"))


async def test_a_missing_reply_is_a_timeout(
    redis_server: RedisServer,
) -> None:
    redis = connect(redis_server.settings, name="test", timeout=0.2)
    await redis_script.run(redis, ScriptCall(ECHO, [], ["a"]))
    await redis.client_pause(600)
    with pytest.raises(RedisTimeoutError):
        await redis_script.run(redis, ScriptCall(ECHO, [], ["b"]))
    await asyncio.sleep(0.6)
    assert await redis_script.run(redis, ScriptCall(ECHO, [], ["c"])) == b"c"
    await redis.aclose()
