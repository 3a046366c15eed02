"""The wire format: MessagePack with strict types.

The decoders check every type while they parse: invalid bytes raise `WireError` and never give a
partial message. Encoders and decoders are created once and reused.
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
    """Decode a message from MessagePack.

    Raises:
        WireError: the bytes are not a message of this type; the text names the wrong field.
    """
    try:
        message: T = _decoder(kind).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"Not a {kind.__name__}: {error}") from error
    return message


def to_json(message: Any) -> bytes:
    """The message as JSON, for the REST API."""
    return _json_encoder.encode(message)


def from_json(kind: type[T], data: bytes) -> T:
    """Decode a message from JSON.

    Raises:
        WireError: the text is not a message of this type.
    """
    try:
        message: T = _json_decoder(kind).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"Not a {kind.__name__}: {error}") from error
    return message
