"""Numbered frames: the size of the picture encodes the number, so that its header suffices."""

from __future__ import annotations

from apps.pipeline.messages import Frame, wire
from apps.runtime.errors import ElasticError
from apps.vision.image import image_size
from tests.support.pictures import header_jpeg

__all__ = ["number_of", "number_of_size", "picture_of"]

_SIDE = 65535


def picture_of(number: int) -> bytes:
    """A JPEG header whose size encodes a number from 0 to 4 000 000 000."""
    return header_jpeg(1 + number // _SIDE, 1 + number % _SIDE)


def number_of_size(width: int, height: int) -> int:
    """The number that a size in pixels encodes."""
    return (width - 1) * _SIDE + height - 1


def number_of(message: bytes) -> int | None:
    """The number of an encoded frame; None if it has none."""
    try:
        return number_of_size(*image_size(wire.decode(Frame, message).data))
    except ElasticError:
        return None
