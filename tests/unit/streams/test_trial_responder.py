"""One picture of an address before it becomes a stream."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from apps.pipeline.registry import trials
from apps.pipeline.registry.control import TrialAsked
from apps.runtime.clock import RedisClock
from apps.runtime.errors import SourceError
from apps.streams.source import Source
from apps.streams.trial_responder import TrialResponder, first_picture
from apps.vision.video.picture import PictureForm
from tests.support.fake_source import FakeSource
from tests.support.pictures import grey_jpeg
from tests.support.waiting import until


async def test_the_first_picture_is_the_answer_and_the_source_is_closed() -> None:
    source = FakeSource()
    source.give(3)
    answer = await first_picture(source, PictureForm(), 10)
    assert (answer.jpeg, answer.width, answer.height) == (grey_jpeg(), 64, 48)
    assert answer.opened_ms > 0
    await until(lambda: source.closed == 1)


async def test_a_source_that_fails_answers_with_the_reason() -> None:
    source = FakeSource()
    source.fail(SourceError("wrong password"))
    assert (await first_picture(source, PictureForm(), 10)).error == "wrong password"


async def test_damaged_pictures_are_reported_after_the_timeout() -> None:
    source = FakeSource()
    source.give_damaged()
    assert (await first_picture(source, PictureForm(), 0.2)).error == "noise"


async def test_a_source_that_ends_is_an_error() -> None:
    source = FakeSource()
    source.end()
    assert "without a picture" in (await first_picture(source, PictureForm(), 10)).error


async def test_a_silent_source_is_an_error_after_the_timeout() -> None:
    assert "No picture within" in (await first_picture(FakeSource(), PictureForm(), 0.01)).error


def camera_or_error(asked: TrialAsked) -> Source:
    if asked.source != "camera:0":
        raise SourceError("invalid source")
    source = FakeSource()
    source.give()
    return source


@pytest.mark.parametrize(("source", "error"), [("camera:0", ""), ("invalid", "invalid source")])
async def test_a_trial_through_redis_is_answered(
    real_redis: Redis, source: str, error: str
) -> None:
    clock = RedisClock()
    await clock.synchronise(real_redis)
    responder = TrialResponder(real_redis, clock, camera_or_error, PictureForm())
    serving = asyncio.create_task(responder.run())
    answer = await trials.ask(real_redis, source, now=clock.now(), seconds=4)
    assert answer is not None
    assert (answer.error, answer.jpeg is None) == (error, bool(error))
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
