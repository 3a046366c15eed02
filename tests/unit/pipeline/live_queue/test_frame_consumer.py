"""Leases, call numbers and incarnations keep the ledger exact."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from apps.pipeline import redis_script
from apps.pipeline.live_queue.frame_consumer import INFERRED, FrameConsumer
from apps.pipeline.live_queue.frame_queue import FrameQueue
from apps.pipeline.live_queue.ledger import StreamLedger
from apps.pipeline.messages import DropReason, Frame
from apps.pipeline.redis_script import ScriptCall


async def push(redis: Redis, count: int, *, first: int = 0) -> None:
    queue = FrameQueue(redis, "face")
    for sequence in range(first, first + count):
        await queue.push(
            Frame(name="a", category="face", data=b"x", sequence=sequence, epoch=1, captured_at=1)
        )


async def books(redis: Redis) -> StreamLedger:
    await redis.hdel("{queue_face}:ledger", "swept_at")
    ledger = await FrameQueue(redis, "face").sweep()
    assert all(stream.error == 0 for stream in ledger.streams.values())
    return ledger.total


@pytest.fixture
def lose_answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Execute the next script calls, but lose their answer."""
    real = redis_script.run_together

    def arm() -> None:
        async def lossy(
            redis: Redis,
            calls: Sequence[ScriptCall],
            publish: Sequence[tuple[str, bytes]] = (),
        ) -> list[Any]:
            monkeypatch.setattr(redis_script, "run_together", real)
            await real(redis, calls, publish)
            raise RedisConnectionError("the answer was lost")

        monkeypatch.setattr(redis_script, "run_together", lossy)

    return arm


Send = Callable[[Sequence[ScriptCall]], Awaitable[list[Any]]]


@contextmanager
def network(
    disturbed: Callable[[Send, Sequence[ScriptCall]], Awaitable[list[Any]]],
) -> Iterator[None]:
    """Send script calls through `disturbed`, which gets the real function for sending."""
    real = redis_script.run_together

    async def run_together(
        redis: Redis,
        calls: Sequence[ScriptCall],
        publish: Sequence[tuple[str, bytes]] = (),
    ) -> list[Any]:
        async def send(some: Sequence[ScriptCall]) -> list[Any]:
            return await real(redis, some, publish)

        return await disturbed(send, calls)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redis_script, "run_together", run_together)
        yield


async def test_only_the_frames_of_a_lost_answer_are_lost(
    any_redis: Redis, lose_answer: Any
) -> None:
    consumer = FrameConsumer(any_redis, "face")
    await push(any_redis, 4)
    (held,) = (await consumer.exchange(1)).frames
    lose_answer()
    with pytest.raises(RedisConnectionError):
        await consumer.exchange(2)
    (next_one,) = (await consumer.exchange(1)).frames
    ledger = await books(any_redis)
    assert (ledger.lost, ledger.in_flight) == (2, 2)
    consumer.settle(held.ticket, INFERRED)
    consumer.settle(next_one.ticket, INFERRED)
    await consumer.exchange(0)
    assert (await books(any_redis)).inferred == 2


async def test_a_settlement_whose_answer_was_lost_is_counted_once(
    any_redis: Redis, lose_answer: Any
) -> None:
    consumer = FrameConsumer(any_redis, "face")
    await push(any_redis, 1)
    (popped,) = (await consumer.exchange(1)).frames
    consumer.settle(popped.ticket, INFERRED)
    lose_answer()
    with pytest.raises(RedisConnectionError):
        await consumer.exchange(0)
    await consumer.exchange(0)
    assert (await books(any_redis)).inferred == 1


async def test_frames_popped_beside_a_refused_settlement_are_counted_as_lost(
    any_redis: Redis,
) -> None:
    consumer = FrameConsumer(any_redis, "face")
    await push(any_redis, 3)
    (popped,) = (await consumer.exchange(1)).frames
    consumer.settle(popped.ticket, INFERRED)

    async def refuse_settlement(send: Send, calls: Sequence[ScriptCall]) -> list[Any]:
        return [ResponseError("MISCONF"), *await send(calls[1:])]

    with network(refuse_settlement), pytest.raises(ResponseError):
        await consumer.exchange(1)
    (last,) = (await consumer.exchange(1)).frames
    consumer.settle(last.ticket, INFERRED)
    await consumer.exchange(0)
    ledger = await books(any_redis)
    assert (ledger.inferred, ledger.lost, ledger.in_flight) == (2, 1, 0)


async def test_transfer_lists_of_a_dead_worker_expire(any_redis: Redis) -> None:
    consumer = FrameConsumer(any_redis, "face")
    await push(any_redis, 1)

    async def cut_off(send: Send, calls: Sequence[ScriptCall]) -> list[Any]:
        await send([dataclasses.replace(call, then=()) for call in calls])
        raise RedisConnectionError("the connection ended between the script and the rest")

    with network(cut_off), pytest.raises(RedisConnectionError):
        await consumer.exchange(1)
    (hand,) = await any_redis.keys("*:hand:*")
    assert 0 < await any_redis.pttl(hand) <= 10_000
    await consumer.exchange(0)
    assert (await books(any_redis)).lost == 1


async def test_only_frames_that_vanish_in_transfer_are_lost(any_redis: Redis) -> None:
    consumer = FrameConsumer(any_redis, "face")
    await push(any_redis, 3)

    async def emptied(send: Send, calls: Sequence[ScriptCall]) -> list[Any]:
        (answer, *_), *others = await send(calls)
        return [[answer, None, None], *others]

    with network(emptied), pytest.raises(ResponseError, match="are missing"):
        await consumer.exchange(2)
    (last,) = (await consumer.exchange(1)).frames
    consumer.settle(last.ticket, INFERRED)
    await consumer.exchange(0)
    ledger = await books(any_redis)
    assert (ledger.inferred, ledger.lost, ledger.in_flight) == (1, 2, 0)


async def test_no_temporary_keys_remain(any_redis: Redis) -> None:
    consumer = FrameConsumer(any_redis, "face")
    await push(any_redis, 5)
    for wanted in (1, 0, 8):
        await consumer.exchange(wanted)
    assert await any_redis.keys("*:hand:*") == await any_redis.keys("*:door") == []


async def test_a_pop_that_is_executed_late_returns_no_frames(any_redis: Redis) -> None:
    consumer = FrameConsumer(any_redis, "face")
    await push(any_redis, 2)
    sent: list[ScriptCall] = []

    async def remember(send: Send, calls: Sequence[ScriptCall]) -> list[Any]:
        sent.extend(calls)
        return await send(calls)

    with network(remember):
        await consumer.exchange(1)
    (status, *_), *frames = await redis_script.run(any_redis, sent[-1])
    assert (status, frames) == (b"repeat", [None])
    ledger = await books(any_redis)
    assert (ledger.in_flight, ledger.queued, ledger.lost) == (1, 1, 0)


async def test_frames_are_lost_when_their_lease_expires(any_redis: Redis) -> None:
    dead = FrameConsumer(any_redis, "face", lease_seconds=0)
    await push(any_redis, 3)
    await dead.exchange(2)
    ledger = await books(any_redis)
    assert (ledger.lost, ledger.queued) == (2, 1)


async def test_a_late_settlement_replaces_lost_by_its_outcome(any_redis: Redis) -> None:
    slow = FrameConsumer(any_redis, "face", lease_seconds=0)
    await push(any_redis, 2)
    one, two = (await slow.exchange(2)).frames
    assert (await books(any_redis)).lost == 2
    slow.settle(one.ticket, INFERRED)
    slow.settle(two.ticket, DropReason.FAILED)
    old = slow.incarnation
    await slow.exchange(0)
    ledger = await books(any_redis)
    assert (ledger.lost, ledger.inferred, ledger.dropped) == (0, 1, {"failed": 1})
    assert slow.incarnation != old
    assert slow.leases_lost == 1


async def test_a_worker_whose_lease_expired_continues_under_a_new_incarnation(
    any_redis: Redis,
) -> None:
    consumer = FrameConsumer(any_redis, "face", lease_seconds=0)
    await push(any_redis, 1)
    await consumer.exchange(0)
    await books(any_redis)
    assert (await consumer.exchange(1)).frames == ()
    assert len((await consumer.exchange(1)).frames) == 1


async def test_settlements_of_a_lost_data_set_are_unbooked(any_redis: Redis) -> None:
    consumer = FrameConsumer(any_redis, "face")
    await push(any_redis, 1)
    (popped,) = (await consumer.exchange(1)).frames
    await any_redis.flushall()
    await push(any_redis, 1, first=9)
    consumer.settle(popped.ticket, INFERRED)
    await consumer.exchange(1)
    ledger = await FrameQueue(any_redis, "face").sweep()
    assert ledger.unbooked == 1
    assert (ledger.total.inferred, ledger.total.error) == (0, 0)
    (fresh,) = (await consumer.exchange(1)).frames
    consumer.settle(fresh.ticket, INFERRED)
    await consumer.exchange(0)
    assert (await books(any_redis)).inferred == 1


async def test_leaving_ends_the_lease_at_once(any_redis: Redis) -> None:
    consumer = FrameConsumer(any_redis, "face")
    await push(any_redis, 2)
    one, _ = (await consumer.exchange(2)).frames
    consumer.settle(one.ticket, INFERRED)
    await consumer.leave()
    ledger = await books(any_redis)
    assert (ledger.inferred, ledger.lost) == (1, 1)


async def test_a_push_wakes_an_idle_worker(real_redis: Redis) -> None:
    consumer = FrameConsumer(real_redis, "face")
    await push(real_redis, 1)
    await consumer.wait(5)
    assert len((await consumer.exchange(1)).frames) == 1


async def test_taking_and_settling_work_when_memory_is_full(real_redis: Redis) -> None:
    consumer = FrameConsumer(real_redis, "face")
    await push(real_redis, 1)
    try:
        await real_redis.config_set("maxmemory", "1")
        (popped,) = (await consumer.exchange(1)).frames
        consumer.settle(popped.ticket, INFERRED)
        await consumer.exchange(0)
        with pytest.raises(Exception, match="maxmemory"):
            await push(real_redis, 1, first=5)
    finally:
        await real_redis.config_set("maxmemory", "1gb")
    ledger = await books(real_redis)
    assert (ledger.pushed, ledger.inferred) == (1, 1)
