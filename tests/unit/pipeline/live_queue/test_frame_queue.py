"""The live queue is bounded, prefers new frames, and counts every frame."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from apps.pipeline import keys, redis_script
from apps.pipeline.live_queue.frame_consumer import INFERRED, FrameConsumer
from apps.pipeline.live_queue.frame_queue import FrameQueue, PushAnswer, Pushed
from apps.pipeline.live_queue.ledger import StreamLedger
from apps.pipeline.live_queue.settings import LiveSettings, Policy
from apps.pipeline.messages import DropReason, Frame, wire
from apps.runtime.errors import QueueError

SMALL = LiveSettings(queue_items=4, queue_bytes=4096, frame_bytes=2048)


def frame(name: str, sequence: int, *, epoch: int = 1, size: int = 10) -> Frame:
    return Frame(
        name=name, category="face", data=b"x" * size, sequence=sequence, epoch=epoch, captured_at=1
    )


async def push_many(queue: FrameQueue, name: str, count: int, *, first: int = 0) -> None:
    for sequence in range(first, first + count):
        await queue.push(frame(name, sequence))


async def taken(consumer: FrameConsumer, wanted: int) -> list[tuple[str, int | None]]:
    """Stream and sequence of the popped frames."""
    batch = await consumer.exchange(wanted)
    frames = [wire.decode(Frame, item.data) for item in batch.frames]
    assert [item.name for item in batch.frames] == [frame.name for frame in frames]
    return [(frame.name, frame.sequence) for frame in frames]


async def books(queue: FrameQueue, name: str) -> StreamLedger:
    ledger = await queue.sweep()
    assert all(stream.error == 0 for stream in ledger.streams.values())
    return ledger.streams[name]


async def test_a_pushed_frame_is_popped_unchanged(any_redis: Redis) -> None:
    queue, consumer = FrameQueue(any_redis, "face"), FrameConsumer(any_redis, "face")
    await queue.push(frame("a", 7))
    batch = await consumer.exchange(8)
    assert [wire.decode(Frame, popped.data) for popped in batch.frames] == [frame("a", 7)]
    assert [popped.name for popped in batch.frames] == ["a"]


async def test_a_pop_returns_the_oldest_frames_and_no_more_than_wanted(any_redis: Redis) -> None:
    queue, consumer = FrameQueue(any_redis, "face"), FrameConsumer(any_redis, "face")
    await push_many(queue, "a", 5)
    assert await taken(consumer, 3) == [("a", 0), ("a", 1), ("a", 2)]


async def test_streams_are_served_in_turn_each_with_its_oldest_frame(
    any_redis: Redis,
) -> None:
    queue, consumer = FrameQueue(any_redis, "face"), FrameConsumer(any_redis, "face")
    await push_many(queue, "noisy", 6)
    await push_many(queue, "quiet", 2)
    assert await taken(consumer, 3) == [("noisy", 0), ("quiet", 0), ("noisy", 1)]
    assert await taken(consumer, 1) == [("quiet", 1)]
    assert await taken(consumer, 9) == [("noisy", n) for n in (2, 3, 4, 5)]
    assert (await queue.sweep()).bytes == 0


async def test_a_stream_that_returns_does_not_make_up_for_missed_turns(
    any_redis: Redis,
) -> None:
    queue, consumer = FrameQueue(any_redis, "face"), FrameConsumer(any_redis, "face")
    await push_many(queue, "a", 8)
    await push_many(queue, "b", 8)
    await taken(consumer, 6)
    await push_many(queue, "back", 3)
    assert [name for name, _ in await taken(consumer, 4)] == ["back", "a", "b", "back"]


async def test_turns_continue_from_one_worker_to_the_next(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face")
    for name in ("a", "b", "c"):
        await push_many(queue, name, 4)
    served = []
    for _ in range(6):
        served += [name for name, _ in await taken(FrameConsumer(any_redis, "face"), 1)]
    assert served == ["a", "b", "c"] * 2


async def test_a_full_queue_drops_the_oldest_and_counts_it(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face", SMALL)
    await push_many(queue, "a", 10)
    ledger = await books(queue, "a")
    assert (ledger.pushed, ledger.queued, ledger.dropped) == (10, 4, {"overflow": 6})
    batch = await FrameConsumer(any_redis, "face", SMALL).exchange(9)
    assert [wire.decode(Frame, item.data).sequence for item in batch.frames] == [6, 7, 8, 9]


async def test_overflow_drops_frames_of_the_stream_with_most_frames(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face", SMALL)
    await push_many(queue, "quiet", 1)
    await push_many(queue, "noisy", 20)
    assert (await books(queue, "quiet")).dropped == {}
    assert (await books(queue, "noisy")).dropped == {"overflow": 17}


async def test_both_bytes_and_items_are_bounded(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face", SMALL)
    for sequence in range(3):
        await queue.push(frame("a", sequence, size=1900))
    ledger = await queue.sweep()
    assert ledger.bytes <= SMALL.queue_bytes
    assert ledger.streams["a"].dropped == {"overflow": 1}


async def test_policy_newest_drops_the_new_frame(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face", SMALL)
    await push_many(queue, "a", 4)
    pushed = await queue.push(frame("a", 4), Policy.NEWEST)
    assert pushed.answer is PushAnswer.NEWEST
    ledger = await books(queue, "a")
    assert (ledger.pushed, ledger.queued, ledger.dropped) == (5, 4, {"newest": 1})


async def test_policy_block_refuses_a_frame_that_can_be_pushed_later(
    any_redis: Redis,
) -> None:
    queue, consumer = FrameQueue(any_redis, "face", SMALL), FrameConsumer(any_redis, "face", SMALL)
    await push_many(queue, "a", 4)
    assert (await queue.push(frame("a", 4), Policy.BLOCK)).answer is PushAnswer.FULL
    assert (await books(queue, "a")).pushed == 4
    await consumer.exchange(1)
    assert (await queue.push(frame("a", 4), Policy.BLOCK)).answer is PushAnswer.ACCEPTED


async def test_a_refused_frame_is_not_sent_again_while_the_queue_is_full(
    any_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, consumer = FrameQueue(any_redis, "face", SMALL), FrameConsumer(any_redis, "face", SMALL)
    await push_many(queue, "a", 4)
    assert (await queue.push(frame("a", 4), Policy.BLOCK)).answer is PushAnswer.FULL
    with monkeypatch.context() as patch:
        patch.setattr(redis_script, "run_together", None)
        assert await queue.push(frame("a", 4), Policy.BLOCK) == Pushed(PushAnswer.FULL, 4)
    await taken(consumer, 1)
    assert (await queue.push(frame("a", 4), Policy.BLOCK)).answer is PushAnswer.ACCEPTED
    assert (await books(queue, "a")).pushed == 5


async def test_a_repeated_push_gets_the_first_answer_and_is_counted_once(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face")
    first = await queue.push(frame("a", 1))
    again = await queue.push(frame("a", 1))
    assert again.answer is first.answer is PushAnswer.ACCEPTED
    assert (await books(queue, "a")).pushed == 1


async def test_a_push_that_arrives_after_its_successor_is_recognised(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face")
    await push_many(queue, "a", 3)
    assert (await queue.push(frame("a", 1))).answer is PushAnswer.REPEAT
    assert (await books(queue, "a")).pushed == 3


async def test_a_restarted_stream_begins_again_at_sequence_zero(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face")
    await queue.push(frame("a", 9, epoch=1))
    assert (await queue.push(frame("a", 0, epoch=2))).answer is PushAnswer.ACCEPTED


async def test_of_two_live_sources_of_one_name_the_later_start_wins(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face")
    await queue.push(frame("a", 0, epoch=2))
    assert (await queue.push(frame("a", 5, epoch=1))).answer is PushAnswer.CONFLICT
    assert (await books(queue, "a")).refused == {"conflict": 1}


async def test_a_frame_that_is_too_large_is_refused_and_counted_as_refused(
    any_redis: Redis,
) -> None:
    queue = FrameQueue(any_redis, "face", SMALL)
    assert (await queue.push(frame("a", 0, size=3000))).answer is PushAnswer.TOO_LARGE
    ledger = await books(queue, "a")
    assert (ledger.pushed, ledger.refused) == (0, {"too_large": 1})


async def test_a_frame_without_sequence_cannot_be_pushed(any_redis: Redis) -> None:
    with pytest.raises(QueueError, match="sequence"):
        await FrameQueue(any_redis, "face").push(Frame(name="a", category="face", data=b""))


async def test_a_push_wakes_a_waiting_foreign_consumer(real_redis: Redis) -> None:
    queue = FrameQueue(real_redis, "face")

    async def wait() -> Any:
        return await real_redis.blpop(["queue_face"], 5)

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0.05)
    await queue.push(frame("a", 0))
    _, data = await waiting
    assert wire.decode(Frame, data) == frame("a", 0)


async def test_foreign_pushes_are_counted_for_their_stream(any_redis: Redis) -> None:
    queue, consumer = FrameQueue(any_redis, "face"), FrameConsumer(any_redis, "face")
    old = wire.encode({"name": "gate:1", "category": "face", "data": b"jpeg"})
    await any_redis.rpush("queue_face", old, old, b"garbage")
    ledger = await queue.sweep()
    assert (ledger.streams["gate:1"].pushed, ledger.streams["unknown"].pushed) == (2, 1)
    batch = await consumer.exchange(8)
    assert [(item.name, item.arrival) for item in batch.frames] == [
        ("gate:1", 1), ("gate:1", 2), ("unknown", 1),
    ]  # fmt: skip


async def test_a_sweep_bounds_the_frames_of_foreign_producers(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face", SMALL)
    await any_redis.rpush("queue_face", *[b"\x00" * 20] * 500)
    ledger = await queue.sweep()
    assert await any_redis.llen("queue_face") == 4
    assert ledger.streams["unknown"].dropped == {"overflow": 496}


async def test_a_foreign_frame_that_is_too_large_is_dropped_and_counted_for_its_stream(
    any_redis: Redis,
) -> None:
    queue = FrameQueue(any_redis, "face", SMALL)
    big = wire.encode({"name": "big", "category": "face", "data": b"x" * 3000})
    await any_redis.rpush("queue_face", big)
    assert (await books(queue, "big")).dropped == {"too_large": 1}
    assert await any_redis.llen("queue_face") == 0


async def test_an_empty_foreign_frame_is_counted_like_any_other(any_redis: Redis) -> None:
    queue, consumer = FrameQueue(any_redis, "face", SMALL), FrameConsumer(any_redis, "face", SMALL)
    await any_redis.rpush("queue_face", *[b""] * 6)
    assert (await books(queue, "unknown")).dropped == {"overflow": 2}
    await any_redis.lpop("queue_face")
    assert [item.data for item in (await consumer.exchange(9)).frames] == [b""] * 3
    ledger = await books(queue, "unknown")
    assert (ledger.in_flight, ledger.dropped) == (3, {"overflow": 2, "removed": 1})


async def test_frames_taken_by_a_foreign_consumer_are_counted_as_removed(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face")
    await push_many(queue, "a", 3)
    await any_redis.lpop("queue_face", 2)
    ledger = await books(queue, "a")
    assert (ledger.queued, ledger.dropped) == (1, {"removed": 2})


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x83\xa4name\xa3abc", "abc"),
        (b"\xde\x00\x03\xa4name\xa3abc", "abc"),
        (b"\x83\xa4name\xd9\x03abc", "abc"),
        (b"\x83\xa4name\xda\x00\x03abc", "abc"),
        (b"\x83\xa4name\xc4\x03abc", "abc"),
        (b"\x83\xa4name\xa3ab", "unknown"),
        (b"\x83\xa4name\xa0", "unknown"),
        (b"\x83\xa4name\xa3a\nc", "unknown"),
        (b"\x83\xa4name\xda\x01\x00" + b"n" * 256, "unknown"),
        (b"\x83\xa4data\xa3abc", "unknown"),
        (b"\x83", "unknown"),
        (b"", "unknown"),
    ],
)
async def test_a_name_is_read_from_foreign_bytes_without_decoding_them(
    any_redis: Redis, head: bytes, name: str
) -> None:
    await any_redis.rpush("queue_face", head)
    assert list((await FrameQueue(any_redis, "face").sweep()).streams) == [name]


async def test_the_ledger_keeps_a_bounded_number_of_names(real_redis: Redis) -> None:
    limits = LiveSettings(queue_items=5000)
    queue = FrameQueue(real_redis, "face", limits)
    hostile = [wire.encode({"name": f"n{i}", "category": "face", "data": b""}) for i in range(1200)]
    await real_redis.rpush("queue_face", *hostile)
    ledger = await queue.sweep()
    assert len(ledger.streams) == 1025
    assert ledger.streams["(other)"].pushed == 176
    assert ledger.total.error == 0


async def test_a_stream_with_many_refused_frames_uses_one_name(
    any_redis: Redis,
) -> None:
    queue = FrameQueue(any_redis, "face", SMALL)
    for sequence in range(5):
        await queue.push(frame("large", sequence, size=3000))
    await push_many(queue, "a", 4)
    for _ in range(5):
        await queue.push(frame("waits", 0), Policy.BLOCK)
    assert await any_redis.hget("{queue_face}:ledger", "names") == b"3"


def test_every_key_of_a_script_is_in_one_slot() -> None:
    tags = {key.partition("{")[2].partition("}")[0] or key for key in keys.live_keys("face")}
    assert tags == {"queue_face"}


async def test_a_frame_is_in_flight_until_it_is_settled(any_redis: Redis) -> None:
    queue, consumer = FrameQueue(any_redis, "face"), FrameConsumer(any_redis, "face")
    await push_many(queue, "a", 2)
    first, second = (await consumer.exchange(2)).frames
    assert (await books(queue, "a")).in_flight == 2
    consumer.settle(first.ticket, INFERRED)
    consumer.settle(second.ticket, DropReason.UNDECODABLE)
    await consumer.exchange(0)
    ledger = await books(queue, "a")
    assert (ledger.in_flight, ledger.inferred, ledger.dropped) == (0, 1, {"undecodable": 1})


async def test_each_claimable_drop_is_claimed_once(any_redis: Redis) -> None:
    queue = FrameQueue(any_redis, "face", SMALL)
    one, two = FrameConsumer(any_redis, "face", SMALL), FrameConsumer(any_redis, "face", SMALL)
    await push_many(queue, "a", 10)
    assert (await one.exchange(0)).claimed == 6
    assert (await two.exchange(0)).claimed == 0


async def test_hostile_input_is_not_claimed(any_redis: Redis) -> None:
    consumer = FrameConsumer(any_redis, "face", SMALL)
    await any_redis.rpush("queue_face", b"\x00" * 3000)
    await consumer.exchange(0)
    await any_redis.rpush("queue_face", b"\x00")
    (popped,) = (await consumer.exchange(1)).frames
    consumer.settle(popped.ticket, DropReason.MALFORMED)
    assert (await consumer.exchange(0)).claimed == 0


async def test_a_stale_frame_is_claimed(any_redis: Redis) -> None:
    queue, consumer = FrameQueue(any_redis, "face"), FrameConsumer(any_redis, "face")
    await push_many(queue, "a", 1)
    (popped,) = (await consumer.exchange(1)).frames
    consumer.settle(popped.ticket, DropReason.STALE)
    assert [(await consumer.exchange(0)).claimed for _ in range(3)].count(1) == 1
