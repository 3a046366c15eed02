"""Add the standard Huffman tables to JPEG pictures of MJPEG cameras.

A USB camera may send JPEG pictures without Huffman tables, because all MJPEG cameras use the same
ones (ITU-T T.81, annex K). Many decoders need the tables.
"""

from __future__ import annotations

import struct
from functools import cache

import numpy as np

from apps.vision.image import encode_jpeg

__all__ = ["complete"]

_TABLES, _SCAN = 0xC4, 0xDA


def complete(jpeg: bytes) -> bytes:
    """The JPEG with Huffman tables; unchanged if it has them.

    Args:
        jpeg: with a complete header, as checked by `apps.vision.image.jpeg_size`.
    """
    position = 2
    while position + 4 <= len(jpeg):
        while jpeg[position + 1] == 0xFF and position + 5 <= len(jpeg):
            position += 1
        marker, length = jpeg[position + 1], struct.unpack(">H", jpeg[position + 2 : position + 4])
        if marker == _TABLES:
            return jpeg
        if marker == _SCAN:
            return jpeg[:position] + _standard_tables() + jpeg[position:]
        position += 2 + int(length[0])
    return jpeg


@cache
def _standard_tables() -> bytes:
    """The table segments of annex K, taken from a JPEG of an encoder without optimisation."""
    jpeg = encode_jpeg(np.zeros((8, 8, 3), np.uint8), 90)
    tables, position = b"", 2
    while jpeg[position + 1] != _SCAN:
        (length,) = struct.unpack(">H", jpeg[position + 2 : position + 4])
        if jpeg[position + 1] == _TABLES:
            tables += jpeg[position : position + 2 + length]
        position += 2 + length
    return tables
