"""A number in every frame, told by the size of its picture: whoever reads the header knows it."""

from __future__ import annotations

from apps.pipeline.messages import Frame, wire
from apps.runtime.errors import ElasticError
from apps.vision.image import image_size
from tests.support.pictures import header_jpeg

__all__ = ["number_of", "number_of_size", "picture_of"]

_SIDE = 65535


def picture_of(number: int) -> bytes:
    """A picture (a header, really) that carries a number of 0 to 4 000 000 000."""
    return header_jpeg(1 + number // _SIDE, 1 + number % _SIDE)


def number_of_size(width: int, height: int) -> int:
    """The number of the picture of that size."""
    return (width - 1) * _SIDE + height - 1


def number_of(message: bytes) -> int | None:
    """The number of a frame as it lies in the queue; None if it has none."""
    try:
        return number_of_size(*image_size(wire.decode(Frame, message).data))
    except ElasticError:
        return None
