"""Wanted streams, trials and scaling events, as the gateway and the services exchange them."""

from __future__ import annotations

import logging

import msgspec
import pytest
from redis.asyncio import Redis

from apps.pipeline import keys
from apps.pipeline.registry import scaling_events, trials
from apps.pipeline.registry.control import ScalingEvent, ScalingLimits, StreamWanted, TrialAnswer
from apps.pipeline.registry.wanted_streams import WantedStreams

HALL = StreamWanted(name="hall", tasks=("face",), source="rtsp://u:secret@cam/live")


async def test_a_wanted_stream_is_listed(any_redis: Redis) -> None:
    wanted = WantedStreams(any_redis)
    assert await wanted.add(HALL)
    (found,) = await wanted.all()
    assert (found.name, found.source) == ("hall", "rtsp://u:secret@cam/live")


async def test_a_name_can_be_added_once(any_redis: Redis) -> None:
    wanted = WantedStreams(any_redis)
    assert await wanted.add(HALL)
    assert not await wanted.add(msgspec.structs.replace(HALL, source="synthetic:"))
    found = await wanted.get("hall")
    assert found is not None
    assert found.source == HALL.source


async def test_every_change_has_a_new_revision(any_redis: Redis) -> None:
    wanted = WantedStreams(any_redis)
    await wanted.add(HALL)
    before = await wanted.get("hall")
    assert before is not None
    after = await wanted.replace(msgspec.structs.replace(before, paused=True))
    assert after.revision > before.revision
    assert await wanted.get("hall") == after


async def test_a_removed_stream_is_not_listed(any_redis: Redis) -> None:
    wanted = WantedStreams(any_redis)
    await wanted.add(HALL)
    assert await wanted.remove("hall")
    assert not await wanted.remove("hall")
    assert await wanted.all() == []


async def test_an_invalid_entry_does_not_hide_others(
    any_redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    wanted = WantedStreams(any_redis)
    await wanted.add(HALL)
    await any_redis.hset(keys.WANTED, "broken", b"\xc1")
    with caplog.at_level(logging.WARNING):
        assert [found.name for found in await wanted.all()] == ["hall"]
    assert "broken" in caplog.text


def test_the_text_of_a_wanted_stream_omits_its_address() -> None:
    assert "secret" not in repr(HALL)


async def test_a_trial_is_answered(any_redis: Redis) -> None:
    now = 1_000_000
    await any_redis.flushall()
    question = trials.ask(any_redis, "synthetic:", now=now, seconds=0.05)
    assert await question is None
    asked = await trials.take(any_redis, now=now, seconds=0.05)
    assert asked is not None
    assert asked.source == "synthetic:"
    await trials.answer(any_redis, asked.id, TrialAnswer(jpeg=b"\xff\xd8"))
    assert await any_redis.exists(keys.trial(asked.id))
    assert 0 < await any_redis.ttl(keys.trial(asked.id)) <= 30


async def test_an_expired_request_is_not_answered(any_redis: Redis) -> None:
    await trials.ask(any_redis, "synthetic:", now=1_000_000, seconds=0.05)
    assert await trials.take(any_redis, now=1_060_000, seconds=0.05) is None


async def test_scaling_decisions_are_kept_in_order(any_redis: Redis) -> None:
    events = [ScalingEvent(at=i, task="face", before=i, after=i + 1, reason="x") for i in range(3)]
    for event in events:
        await scaling_events.write_event(any_redis, event)
    assert await scaling_events.read_events(any_redis) == events


async def test_the_latest_limits_are_returned(any_redis: Redis) -> None:
    limits = ScalingLimits(task="face", min_workers=1, max_workers=4, target=0.8)
    await scaling_events.write_limits(any_redis, limits)
    newer = msgspec.structs.replace(limits, max_workers=8)
    await scaling_events.write_limits(any_redis, newer)
    assert await scaling_events.read_limits(any_redis) == {"face": newer}
