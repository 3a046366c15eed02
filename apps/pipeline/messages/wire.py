"""The one wire format: MessagePack, typed and strict.

Encoders and decoders are made once and reused; a decoder of msgspec checks every type while it
parses, so bytes that are not the message raise `WireError` and never half a message.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from apps.runtime.errors import WireError

__all__ = ["decode", "encode", "from_json", "to_json"]

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()
_json_encoder = msgspec.json.Encoder()


_decoders: dict[Any, msgspec.msgpack.Decoder[Any]] = {}
_json_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    if kind not in _decoders:
        _decoders[kind] = msgspec.msgpack.Decoder(kind)
    return _decoders[kind]


def _json_decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    if kind not in _json_decoders:
        _json_decoders[kind] = msgspec.json.Decoder(kind)
    return _json_decoders[kind]


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
