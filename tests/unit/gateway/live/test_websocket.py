"""How a viewer's messages get from their mailbox onto the line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from apps.gateway.live.mailbox import Mailbox
from apps.gateway.live.transport import ViewerProtocol
from apps.gateway.live.websocket import Courier


class Wire:
    """A line that is free or not, as the test wants it."""

    def __init__(self) -> None:
        self.free = True
        self.on_free: Callable[[], None] = lambda: None
        self.sent: list[bytes] = []
        self.aborted = asyncio.Event()

    def send_frame(self, frame: bytes) -> None:
        self.sent.append(frame)

    def abort(self) -> None:
        self.aborted.set()


class Round:
    """A courier at work."""

    def __init__(self, stall_seconds: float = 60.0) -> None:
        self.mailbox: Mailbox[bytes] = Mailbox()
        self.wire = Wire()
        self.counted = 0
        line = cast(ViewerProtocol, self.wire)
        self.courier = Courier(self.mailbox, line, self._count, stall_seconds)

    def _count(self) -> None:
        self.counted += 1

    def put(self, *messages: bytes) -> None:
        for message in messages:
            self.mailbox.put(message, 0.0)

    def set_free(self) -> None:
        self.wire.free = True
        self.wire.on_free()


@pytest.fixture
async def carried() -> Round:
    return Round()


async def test_a_free_line_gets_a_message_before_put_returns(carried: Round) -> None:
    carried.put(b"one", b"two")
    assert carried.wire.sent == [b"one", b"two"]
    assert (carried.counted, carried.mailbox.skipped) == (2, 0)


async def test_a_clogged_line_gets_only_the_newest_when_it_is_free_again(carried: Round) -> None:
    carried.wire.free = False
    carried.put(b"one", b"two", b"three")
    assert carried.wire.sent == []
    carried.set_free()
    assert carried.wire.sent == [b"three"]
    assert (carried.counted, carried.mailbox.skipped) == (1, 2)


async def test_a_line_that_becomes_free_with_nothing_to_send_gets_nothing(carried: Round) -> None:
    carried.set_free()
    assert carried.wire.sent == []


async def test_a_line_that_stays_clogged_while_something_waits_is_cut_off() -> None:
    carried = Round(stall_seconds=0.01)
    carried.wire.free = False
    carried.put(b"one")
    async with asyncio.timeout(5):
        await carried.wire.aborted.wait()


async def test_a_line_that_is_free_again_in_time_is_not_cut_off() -> None:
    carried = Round(stall_seconds=0.05)
    carried.wire.free = False
    carried.put(b"one")
    carried.set_free()
    await asyncio.sleep(0.15)
    assert not carried.wire.aborted.is_set()


async def test_a_courier_that_has_stopped_carries_nothing_and_cuts_nobody_off() -> None:
    carried = Round(stall_seconds=0.05)
    carried.wire.free = False
    carried.put(b"one")
    carried.courier.stop()
    carried.set_free()
    carried.put(b"two")
    await asyncio.sleep(0.15)
    assert carried.wire.sent == []
    assert not carried.wire.aborted.is_set()
