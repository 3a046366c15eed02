"""Lua scripts, run by their digest, several in one round trip."""

from __future__ import annotations

import hashlib

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from apps.pipeline import script
from apps.pipeline.script import Call, Script


def script_of(text: str) -> Script:
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


COUNT = script_of("return redis.call('INCR', KEYS[1])")
ECHO = script_of("return ARGV[1]")
FAIL = script_of("return redis.call('LPUSH', KEYS[1], 'x')")


def test_a_script_is_its_files_one_after_the_other() -> None:
    loaded = script.load("live", "pop")
    assert loaded.text.index("local QUEUE") < loaded.text.index("wanted > 0")
    assert loaded.digest == hashlib.sha1(loaded.text.encode()).hexdigest()
    assert script.load("live", "pop") is loaded


async def test_a_script_that_redis_does_not_know_is_sent_and_runs_once(any_redis: Redis) -> None:
    assert await script.run(any_redis, Call(COUNT, ["n"], [])) == 1
    assert await script.run(any_redis, Call(COUNT, ["n"], [])) == 2


async def test_a_redis_that_forgot_its_scripts_is_told_again(real_redis: Redis) -> None:
    await script.run(real_redis, Call(COUNT, ["n"], []))
    await real_redis.script_flush()
    assert await script.run(real_redis, Call(COUNT, ["n"], [])) == 2


async def test_answers_come_in_the_order_of_the_calls(any_redis: Redis) -> None:
    await script.run(any_redis, Call(ECHO, [], ["known"]))
    calls = [Call(ECHO, [], ["a"]), Call(COUNT, ["n"], []), Call(ECHO, [], [b"\xff"])]
    assert await script.run_together(any_redis, calls) == [b"a", 1, b"\xff"]


async def test_one_call_that_fails_does_not_hide_the_others(any_redis: Redis) -> None:
    await any_redis.set("text", "no list")
    answers = await script.run_together(
        any_redis, [Call(COUNT, ["n"], []), Call(FAIL, ["text"], []), Call(COUNT, ["n"], [])]
    )
    assert (answers[0], answers[2]) == (1, 2)
    assert isinstance(answers[1], ResponseError)


async def test_an_error_of_the_only_call_is_raised(any_redis: Redis) -> None:
    await any_redis.set("text", "no list")
    with pytest.raises(ResponseError):
        await script.run(any_redis, Call(FAIL, ["text"], []))


async def test_messages_go_along_and_are_sent_once_even_if_a_script_is_unknown(
    real_redis: Redis,
) -> None:
    await real_redis.script_flush()
    async with real_redis.pubsub() as pubsub:
        await pubsub.subscribe("results")
        await pubsub.get_message(timeout=5)
        answers = await script.run_together(
            real_redis, [Call(COUNT, ["n"], [])], [("results", b"one"), ("results", b"two")]
        )
        assert answers == [1]
        heard = [await pubsub.get_message(timeout=5) for _ in range(2)]
        assert [message and message["data"] for message in heard] == [b"one", b"two"]
        assert await pubsub.get_message(timeout=0) is None
