"""The one wire format: MessagePack, typed and strict.

Encoders and decoders are made once and reused; a decoder of msgspec checks every type while it
parses, so bytes that are not the message raise `WireError` and never half a message.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import msgspec

from apps.pipeline.errors import WireError

__all__ = ["decode", "encode", "from_json", "to_json"]

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()
_json_encoder = msgspec.json.Encoder()


@cache
def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)


@cache
def _json_decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def encode(message: Any) -> bytes:
    """The message as MessagePack."""
    return _encoder.encode(message)


def decode(kind: type[T], data: bytes) -> T:
    """The message that the MessagePack bytes hold.

    Raises:
        WireError: the bytes are not one message of this kind; the text says which field is wrong.
    """
    try:
        message: T = _decoder(kind).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"not a {kind.__name__}: {error}") from error
    return message


def to_json(message: Any) -> bytes:
    """The message as JSON, for people and for REST."""
    return _json_encoder.encode(message)


def from_json(kind: type[T], data: bytes) -> T:
    """The message that the JSON text holds.

    Raises:
        WireError: the text is not one message of this kind.
    """
    try:
        message: T = _json_decoder(kind).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"not a {kind.__name__}: {error}") from error
    return message
