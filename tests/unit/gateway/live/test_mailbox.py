"""A mailbox that holds one message."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.gateway.live.mailbox import Mailbox, RateLimit


async def test_the_latest_wins_and_the_others_are_counted() -> None:
    mailbox: Mailbox[str] = Mailbox()
    for content in ("one", "two", "three"):
        mailbox.put(content, 0.0)
    assert mailbox.take() == "three"
    assert mailbox.skipped == 2


async def test_a_taken_message_is_removed() -> None:
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put("one", 0.0)
    mailbox.take()
    assert mailbox.take() is None


async def test_it_is_waited_for() -> None:
    mailbox: Mailbox[str] = Mailbox()
    waiting = asyncio.create_task(mailbox.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    mailbox.put("one", 0.0)
    await asyncio.wait_for(waiting, 1)


async def test_messages_above_the_rate_limit_are_not_counted_as_skipped() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.limit = RateLimit(1.0)
    for tenth in range(10):
        mailbox.put(tenth, tenth / 10)
        mailbox.take()
    assert mailbox.skipped == 0


@pytest.mark.parametrize(("source_fps", "wanted", "expected"), [
    (30, 15, 15), (15, 15, 15), (25, 10, 10), (10, 30, 10), (30, 0.5, 0.5), (60, 24, 24),
])  # fmt: skip
def test_the_rate_matches_the_limit(source_fps: float, wanted: float, expected: float) -> None:
    pace = RateLimit(wanted)
    seconds = 20
    let = sum(pace.passes(100 + n / source_fps) for n in range(int(source_fps * seconds)))
    assert let == pytest.approx(expected * seconds, abs=1)


def test_without_a_rate_everything_is_let_through() -> None:
    pace = RateLimit(None)
    assert all(pace.passes(0.0) for _ in range(100))


@given(st.floats(0.5, 120), st.lists(st.floats(0.0001, 0.5), min_size=1, max_size=200))
def test_no_burst_exceeds_the_rate(fps: float, pauses: list[float]) -> None:
    pace, now, let = RateLimit(fps), 50.0, []
    for pause in pauses:
        now += pause
        if pace.passes(now):
            let.append(now)
    for first, third in zip(let, let[2:], strict=False):
        assert third - first >= 1 / fps - 1e-9
