"""Sending a viewer's messages from the mailbox to the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from apps.gateway.live.mailbox import Mailbox
from apps.gateway.live.viewer_protocol import ViewerProtocol
from apps.gateway.live.websocket import MessageSender


class Wire:
    """A connection that is idle or not, as the test sets it."""

    def __init__(self) -> None:
        self.idle = True
        self.on_idle: Callable[[], None] = lambda: None
        self.sent: list[bytes] = []
        self.aborted = asyncio.Event()

    def send_frame(self, frame: bytes) -> None:
        self.sent.append(frame)

    def abort(self) -> None:
        self.aborted.set()


class Sending:
    """A sender with its mailbox and connection."""

    def __init__(self, stall_seconds: float = 60.0) -> None:
        self.mailbox: Mailbox[bytes] = Mailbox()
        self.wire = Wire()
        self.counted = 0
        line = cast(ViewerProtocol, self.wire)
        self.sender = MessageSender(self.mailbox, line, self._count, stall_seconds)

    def _count(self) -> None:
        self.counted += 1

    def put(self, *messages: bytes) -> None:
        for message in messages:
            self.mailbox.put(message, 0.0)

    def set_idle(self) -> None:
        self.wire.idle = True
        self.wire.on_idle()


@pytest.fixture
async def sending() -> Sending:
    return Sending()


async def test_an_idle_connection_gets_a_message_before_put_returns(sending: Sending) -> None:
    sending.put(b"one", b"two")
    assert sending.wire.sent == [b"one", b"two"]
    assert (sending.counted, sending.mailbox.skipped) == (2, 0)


async def test_a_blocked_connection_gets_only_the_newest_message_when_it_is_idle_again(
    sending: Sending,
) -> None:
    sending.wire.idle = False
    sending.put(b"one", b"two", b"three")
    assert sending.wire.sent == []
    sending.set_idle()
    assert sending.wire.sent == [b"three"]
    assert (sending.counted, sending.mailbox.skipped) == (1, 2)


async def test_an_idle_connection_with_an_empty_mailbox_gets_nothing(sending: Sending) -> None:
    sending.set_idle()
    assert sending.wire.sent == []


async def test_a_connection_that_stays_blocked_while_a_message_waits_is_closed() -> None:
    sending = Sending(stall_seconds=0.01)
    sending.wire.idle = False
    sending.put(b"one")
    async with asyncio.timeout(5):
        await sending.wire.aborted.wait()


async def test_a_connection_that_is_idle_again_in_time_stays_open() -> None:
    sending = Sending(stall_seconds=0.05)
    sending.wire.idle = False
    sending.put(b"one")
    sending.set_idle()
    await asyncio.sleep(0.15)
    assert not sending.wire.aborted.is_set()


async def test_a_stopped_sender_sends_nothing_and_closes_nothing() -> None:
    sending = Sending(stall_seconds=0.05)
    sending.wire.idle = False
    sending.put(b"one")
    sending.sender.stop()
    sending.set_idle()
    sending.put(b"two")
    await asyncio.sleep(0.15)
    assert sending.wire.sent == []
    assert not sending.wire.aborted.is_set()
