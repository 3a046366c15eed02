"""Boxes are drawn in a thread, one picture at a time; the latest result wins."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from apps.gateway.live.box_renderer import BoxRenderer
from apps.pipeline.messages import Result
from apps.runtime.errors import ImageError


@pytest.fixture
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def result(sequence: int) -> Result:
    return Result(
        stream="hall:face", task="face", sequence=sequence, epoch=1, captured_at=0, inferred_at=0,
        width=1, height=1, model="", precision="", device="",
    )  # fmt: skip


class Wall:
    """Collects finished pictures, and waits for them."""

    def __init__(self) -> None:
        self.pictures: list[bytes] = []
        self._news = asyncio.Event()

    def hang(self, picture: bytes) -> None:
        self.pictures.append(picture)
        self._news.set()

    async def wait_for(self, picture: bytes) -> None:
        async with asyncio.timeout(5):
            while picture not in self.pictures:
                self._news.clear()
                await self._news.wait()


async def test_the_loop_is_not_held_up_and_the_latest_wins(threads: Executor) -> None:
    wall, free = Wall(), threading.Event()

    def draw(one: Result) -> bytes:
        free.wait(5)
        return b"%d" % one.sequence

    painter = BoxRenderer(threads, draw, wall.hang)
    for sequence in range(10):
        painter.offer(result(sequence))
        await asyncio.sleep(0)
    free.set()
    await wall.wait_for(b"9")
    assert wall.pictures == [b"0", b"9"]


async def test_a_picture_that_cannot_be_drawn_stops_nothing(
    threads: Executor, caplog: pytest.LogCaptureFixture
) -> None:
    wall = Wall()

    def draw(one: Result) -> bytes:
        if one.sequence == 0:
            raise ImageError("undecodable", "not a picture")
        return b"drawn"

    painter = BoxRenderer(threads, draw, wall.hang)
    with caplog.at_level(logging.WARNING):
        painter.offer(result(0))
        await asyncio.sleep(0)
        painter.offer(result(1))
        await wall.wait_for(b"drawn")
    assert "not a picture" in caplog.text


async def test_a_closed_renderer_publishes_nothing(threads: Executor) -> None:
    wall, free = Wall(), threading.Event()
    drawn = asyncio.Event()
    loop = asyncio.get_running_loop()

    def draw(one: Result) -> bytes:
        free.wait(5)
        loop.call_soon_threadsafe(drawn.set)
        return b"%d" % one.sequence

    painter = BoxRenderer(threads, draw, wall.hang)
    painter.offer(result(0))
    await asyncio.sleep(0)
    painter.close()
    free.set()
    async with asyncio.timeout(5):
        await drawn.wait()
    await asyncio.sleep(0.01)
    assert wall.pictures == []
