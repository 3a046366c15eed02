"""Invalid bytes are an error and never a partial message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.messages import Frame, Result, wire
from apps.runtime.errors import WireError

numbers = st.none() | st.integers(0, 2**63 - 1)


@given(name=st.text(), data=st.binary(), sequence=numbers, epoch=numbers)
def test_a_decoded_frame_equals_the_encoded_one(
    name: str, data: bytes, sequence: int | None, epoch: int | None
) -> None:
    frame = Frame(name=name, category="face", data=data, sequence=sequence, epoch=epoch)
    assert wire.decode(Frame, wire.encode(frame)) == frame


@given(data=st.binary(max_size=300))
def test_bytes_that_are_not_a_frame_raise_only_a_wire_error(data: bytes) -> None:
    with pytest.raises(WireError, match="Not a Frame"):
        wire.decode(Frame, data)


def test_the_error_names_the_field_that_is_wrong() -> None:
    with pytest.raises(WireError, match=r"Expected `str`, got `int` - at `\$\.category`"):
        wire.decode(Frame, wire.encode({"name": "a", "category": 7, "data": b""}))


def test_a_missing_field_is_named() -> None:
    with pytest.raises(WireError, match="missing required field `data`"):
        wire.decode(Frame, wire.encode({"name": "a", "category": "face"}))


def test_a_name_that_is_not_text_is_an_error() -> None:
    with pytest.raises(WireError):
        wire.decode(Frame, b"\x83\xa4name\xa1\xff\xa8category\xa4face\xa4data\xc4\x00")


def test_deeply_nested_bytes_are_an_error() -> None:
    with pytest.raises(WireError):
        wire.decode(Result, b"\x81\xa1x" + b"\x91" * 100_000)


def test_bytes_after_a_message_are_an_error() -> None:
    message = wire.encode(Frame(name="a", category="face", data=b""))
    with pytest.raises(WireError):
        wire.decode(Frame, message + b"\x00")


def test_a_message_survives_json() -> None:
    frame = Frame(name="hall 2", category="face", data=b"\xff\xd8", sequence=1)
    text = wire.to_json(frame)
    assert b'"name":"hall 2"' in text
    assert wire.from_json(Frame, text) == frame


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"name": 1}', b'"\xff"', b"[" * 100_000])
def test_text_that_is_not_a_frame_raises_a_wire_error(text: bytes) -> None:
    with pytest.raises(WireError, match="Not a Frame"):
        wire.from_json(Frame, text)
