"""Boxes, labels and scores drawn into a JPEG.

With Pillow, not OpenCV: the gateway's image is small and contains neither OpenCV nor numpy, and
only this module decodes pixels there.
"""

from __future__ import annotations

import io
import zlib
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from apps.pipeline.messages import Detection, DropReason, Result
from apps.runtime.errors import ImageError

__all__ = ["draw"]

#: Pictures with more pixels are refused, as workers refuse them.
_MAX_PIXELS = 50_000_000
_QUALITY = 80
Image.MAX_IMAGE_PIXELS = None  # `_MAX_PIXELS` is checked before anything is decoded

#: Light enough for black text, and easy to tell apart.
_COLOURS = (
    "#4cc9f0", "#f9c74f", "#90be6d", "#f9844a", "#b79ced", "#43e0b0", "#ff8fab", "#cddc39",
)  # fmt: skip


def draw(result: Result) -> bytes:
    """The result's picture as JPEG, with its detections drawn in.

    Raises:
        ImageError: there is no picture, or it cannot be decoded, or it is too large.
    """
    if result.jpeg is None:
        raise ImageError(DropReason.UNDECODABLE, "the result has no picture")
    try:
        with Image.open(io.BytesIO(result.jpeg), formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                raise ImageError(DropReason.TOO_LARGE, "the picture has too many pixels")
            picture = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ImageError(DropReason.UNDECODABLE, f"not a picture: {error}") from error
    canvas = ImageDraw.Draw(picture)
    for detection in reversed(result.detections):  # the best on top
        _draw_one(canvas, detection, picture.width, picture.height)
    drawn = io.BytesIO()
    picture.save(drawn, "JPEG", quality=_QUALITY)
    return drawn.getvalue()


def _draw_one(canvas: ImageDraw.ImageDraw, detection: Detection, width: int, height: int) -> None:
    left, top, right, bottom = (
        round(min(max(edge, 0.0), 1.0) * size)
        for edge, size in zip(detection.box, (width, height, width, height), strict=True)
    )
    right, bottom = max(left, right), max(top, bottom)
    colour = _colour(detection)
    thickness = max(1, round(min(width, height) / 240))
    canvas.rectangle((left, top, right, bottom), outline=colour, width=thickness)
    text = f"{detection.label} {detection.score:.0%}"
    if detection.track_id is not None:
        text = f"#{detection.track_id} {text}"
    font = _font(max(10, round(height / 36)))
    _, _, text_width, text_height = canvas.textbbox((0, 0), text, font=font)
    above = max(0, top - round(text_height) - 2)
    canvas.rectangle((left, above, left + text_width + 4, above + text_height + 2), fill=colour)
    canvas.text((left + 2, above), text, fill="black", font=font)


def _colour(detection: Detection) -> str:
    key = detection.label if detection.track_id is None else str(detection.track_id)
    return _COLOURS[zlib.crc32(key.encode()) % len(_COLOURS)]


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
