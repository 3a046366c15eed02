"""Decode and encode JPEG and PNG pictures within a limit on size.

The size is read from the header before decoding, so that a small file cannot expand to gigabytes. A
JPEG is decoded at the smallest of libjpeg's DCT scales (1/1, 1/2, 1/4, 1/8) that still covers the
input of the model: half scale costs well under half the time. The EXIF orientation is ignored at
every scale, so that sizes always agree with the header and with other viewers of the same bytes.

This module switches off OpenCV's own threads: the services decode in their own threads, and two
thread pools on the same cores slow each other down.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from apps.pipeline.messages import Box, DropReason
from apps.runtime.errors import ImageError

__all__ = ["Picture", "Pixels", "crop", "decode", "encode_jpeg", "image_size", "jpeg_size"]

#: uint8 [height, width, 3], blue-green-red.
Pixels = npt.NDArray[np.uint8]

#: Default limit on the number of pixels; 8K video has 33 million.
MAX_PIXELS = 50_000_000

cv2.setNumThreads(1)

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"
_JPEG = b"\xff\xd8"
_JPEG_END = b"\xff\xd9"

#: JPEG markers without a length.
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})
#: Start-of-frame markers that carry a size.
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SCAN_MARKER, _END_MARKER = 0xDA, 0xD9

_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, possibly smaller than the original.

    Attributes:
        pixels: uint8 [height, width, 3], blue-green-red.
        original_width: of the encoded picture, pixels.
        original_height: of the encoded picture, pixels.
    """

    pixels: Pixels
    original_width: int
    original_height: int

    @classmethod
    def of(cls, pixels: Pixels) -> Picture:
        """A picture from pixels that were not encoded."""
        return cls(pixels, pixels.shape[1], pixels.shape[0])


def decode(
    data: bytes,
    *,
    width: int = 0,
    height: int = 0,
    inside: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> Picture:
    """Decode a JPEG or PNG at the smallest sufficient scale.

    Args:
        data: the encoded picture.
        width: of the model's input, pixels; 0 for the original width.
        height: of the model's input, pixels; 0 for the original height.
        inside: the picture will be fitted into width by height with its aspect ratio kept, so
            one of the two is enough.
        max_pixels: limit; a larger picture is refused before decoding.

    Raises:
        ImageError: `too_large`, or `undecodable`: not a JPEG or PNG, damaged, or truncated.
    """
    original_width, original_height = image_size(data)
    if original_width * original_height > max_pixels:
        raise ImageError(
            DropReason.TOO_LARGE,
            f"The picture has {original_width}x{original_height} pixels; the limit is "
            f"{max_pixels} pixels",
        )
    scale = 1
    if data.startswith(_JPEG):
        wanted = (width or original_width, height or original_height)
        scale = _scale((original_width, original_height), wanted, inside=inside)
    pixels = _pixels(data, _REDUCED[scale] | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels.shape[:2] != (-(-original_height // scale), -(-original_width // scale)):
        raise ImageError(DropReason.UNDECODABLE, "The size of the picture differs from its header")
    return Picture(pixels, original_width, original_height)


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height of a complete JPEG or PNG from its header, pixels.

    Raises:
        ImageError: `undecodable`: not a JPEG or PNG, damaged, or truncated.
    """
    if data.startswith(_PNG):
        return _png_size(data)
    return jpeg_size(data)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height of a complete JPEG from its header, pixels.

    Raises:
        ImageError: `undecodable`: not a JPEG, damaged, or truncated.
    """
    if not data.startswith(_JPEG):
        raise ImageError(DropReason.UNDECODABLE, "The picture is not a JPEG or PNG")
    size: tuple[int, int] | None = None
    position = 2
    while (segment := _next_segment(data, position)) is not None:
        marker, start, end = segment
        if marker in _FRAME_MARKERS and size is None:
            size = _frame_size(data, start)
        elif marker == _SCAN_MARKER:
            # libjpeg fills missing data with grey instead of failing, so check for the end marker
            if size is None or data.rfind(_JPEG_END, end) < 0:
                break
            return size
        position = end
    raise ImageError(DropReason.UNDECODABLE, "The JPEG is truncated or damaged")


def crop(pixels: Pixels, box: Box) -> Pixels:
    """The part of a picture inside a box, as a view of at least one pixel.

    Args:
        pixels: uint8 [height, width, 3].
        box: `(x_min, y_min, x_max, y_max)` in 0..1 of the picture; parts outside are cut off.
    """
    height, width = pixels.shape[:2]
    left = min(max(int(box[0] * width), 0), width - 1)
    top = min(max(int(box[1] * height), 0), height - 1)
    right = min(max(round(box[2] * width), left + 1), width)
    bottom = min(max(round(box[3] * height), top + 1), height)
    return pixels[top:bottom, left:right]


def encode_jpeg(pixels: Pixels, quality: int) -> bytes:
    """Encode pixels as JPEG.

    Args:
        pixels: uint8 [height, width, 3], blue-green-red.
        quality: 1 to 100.

    Raises:
        ImageError: `too_large`: a side of more than 65535 pixels; `undecodable`: no pixels.
    """
    if pixels.size == 0:
        raise ImageError(DropReason.UNDECODABLE, "The picture has no pixels")
    if max(pixels.shape[:2]) > 65535:
        raise ImageError(
            DropReason.TOO_LARGE, "The picture is too large for JPEG: limit 65535 pixels"
        )
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()


def _scale(original: tuple[int, int], wanted: tuple[int, int], *, inside: bool) -> int:
    enough = any if inside else all
    for scale in (8, 4, 2):
        if enough(-(-o // scale) >= w for o, w in zip(original, wanted, strict=True)):
            return scale
    return 1


def _pixels(data: bytes, flags: int) -> Pixels:
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise ImageError(DropReason.UNDECODABLE, "The picture is damaged") from error
    if decoded is None:
        raise ImageError(DropReason.UNDECODABLE, "The picture is damaged")
    return cast(Pixels, decoded)


def _png_size(data: bytes) -> tuple[int, int]:
    if len(data) < 33 or data[12:16] != b"IHDR" or data.rfind(_PNG_END) < 0:
        raise ImageError(DropReason.UNDECODABLE, "The PNG is truncated or damaged")
    width, height = struct.unpack(">II", data[16:24])
    return _plausible(width, height)


def _frame_size(data: bytes, start: int) -> tuple[int, int] | None:
    if start + 5 > len(data):
        return None
    height, width = struct.unpack(">HH", data[start + 1 : start + 5])
    return _plausible(width, height)


def _plausible(width: int, height: int) -> tuple[int, int]:
    if not width or not height:
        raise ImageError(DropReason.UNDECODABLE, "The picture has zero width or height")
    return width, height


def _next_segment(data: bytes, position: int) -> tuple[int, int, int] | None:
    """Marker, start of its content, and start of the next segment; None after the header."""
    while data[position : position + 1] == b"\xff" and data[position + 1 : position + 2] == b"\xff":
        position += 1  # fill bytes
    if position + 2 > len(data) or data[position] != 0xFF:
        return None
    marker = data[position + 1]
    if marker in _BARE_MARKERS:
        return marker, position + 2, position + 2
    if marker == _END_MARKER or position + 4 > len(data):
        return None
    (length,) = struct.unpack(">H", data[position + 2 : position + 4])
    end = position + 2 + length
    return (marker, position + 4, end) if length >= 2 and end <= len(data) else None
