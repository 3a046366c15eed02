"""What a viewer of the load generator makes of the bytes that a server sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from apps.gateway.live.viewer_protocol import framed
from apps.pipeline.messages import Result, wire
from tools.bench.fanout.crowd import Reader, Round

_SENT_AT = 5_000_000


def result(size: int) -> bytes:
    """A result with a picture of that size, ready 5 s after the clock's zero."""
    return wire.encode(
        Result(
            stream="hall:face", task="face", sequence=1, epoch=1, captured_at=1,
            inferred_at=2**40 + _SENT_AT, width=4, height=3, model="m", precision="INT8",
            device="CPU", jpeg=bytes(size),
        )
    )  # fmt: skip


def feed(reader: Reader, data: bytes, sizes: list[int]) -> bytes:
    """Give it the data in pieces of these sizes, over and over; the pings in it."""
    pings = b""
    while data:
        for size in sizes:
            if reader.left:
                taken = min(size, reader.left, len(data))
                reader.skip(taken)
            else:
                taken = min(size, reader.wanted, len(data))
                pings += reader.look(data[:taken], 2**40 + _SENT_AT + 7_000)
            data = data[taken:]
            if not data:
                break
    return pings


@given(st.lists(st.integers(0, 70_000), min_size=1, max_size=4), st.lists(st.integers(1, 999)))
def test_every_message_is_counted_with_its_age_however_it_arrives(
    sizes: list[int], pieces: list[int]
) -> None:
    seen = Round()
    feed(Reader(seen), b"".join(framed(result(size)) for size in sizes), [*pieces, 100_000])
    assert seen.messages == len(sizes)
    assert seen.ages_ms == [7.0] * len(sizes)


@pytest.mark.parametrize("piece", [1, 3, 300])
def test_a_ping_between_two_messages_is_told_and_not_counted(piece: int) -> None:
    seen = Round()
    ping = Frame(Opcode.PING, b"1234").serialize(mask=False)
    data = framed(result(500)) + ping + framed(result(500))
    assert feed(Reader(seen), data, [piece]) == b"1234"
    assert seen.messages == 2


def test_a_message_without_a_time_is_counted_without_an_age() -> None:
    seen = Round()
    feed(Reader(seen), framed(b"hello"), [1000])
    assert (seen.messages, seen.ages_ms) == (1, [])
