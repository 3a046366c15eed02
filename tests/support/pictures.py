"""Pictures for tests: real JPEGs, and JPEG headers that only state a size."""

from __future__ import annotations

import struct

import numpy as np

from apps.vision.image import encode_jpeg

__all__ = ["grey_jpeg", "header_jpeg"]


def header_jpeg(width: int, height: int) -> bytes:
    """A JPEG header with this size and no image data."""
    size = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"".join(
        (
            b"\xff\xd8",
            b"\xff\xc0" + struct.pack(">H", 2 + len(size)) + size,
            b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\x00\x00\x3f\x00",
            b"\xff\xd9",
        )
    )


def grey_jpeg(width: int = 64, height: int = 48) -> bytes:
    """A real JPEG with one shade of grey."""
    return encode_jpeg(np.full((height, width, 3), 128, np.uint8), 80)
