"""Pictures as read from a source, and their conversion to JPEG for the queue.

A picture is encoded at most once, and only if it is kept. A JPEG of the right size is passed
through: only its header is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

import av
import cv2

from apps.runtime.errors import ImageError
from apps.vision.image import MAX_PIXELS, Pixels, decode, encode_jpeg, jpeg_size
from apps.vision.video import motion_jpeg
from apps.vision.video.orientation import Orientation

__all__ = [
    "CapturedPicture",
    "DamagedPicture",
    "JpegPicture",
    "PictureForm",
    "PixelPicture",
    "RawPicture",
    "VideoPicture",
]


@dataclass(frozen=True, slots=True)
class CapturedPicture:
    """A picture ready for the queue.

    Attributes:
        jpeg: the encoded picture.
        width: pixels.
        height: pixels.
        captured_monotonic_us: time of capture, microseconds of this machine's monotonic clock.
    """

    jpeg: bytes
    width: int
    height: int
    captured_monotonic_us: int


@dataclass(frozen=True, slots=True)
class PictureForm:
    """Size and quality of encoded pictures.

    Attributes:
        width: maximum, pixels; 0 for no limit.
        height: maximum, pixels; 0 for no limit.
        quality: of an encoded JPEG, 1 to 100.
    """

    width: int = 0
    height: int = 0
    quality: int = 85

    def fit(self, width: int, height: int) -> tuple[int, int]:
        """The output size of a picture: the aspect ratio is kept, and nothing is enlarged.

        >>> PictureForm(640, 640).fit(1280, 720), PictureForm(640, 640).fit(320, 240)
        ((640, 360), (320, 240))
        """
        across = self.width / width if self.width else 1.0
        down = self.height / height if self.height else 1.0
        scale = min(1.0, across, down)
        return max(1, round(width * scale)), max(1, round(height * scale))


class RawPicture(Protocol):
    """A picture as read from a source; implemented by the four classes below."""

    @property
    def captured_monotonic_us(self) -> int:
        """Time of capture, microseconds of this machine's monotonic clock."""

    def finish(self, form: PictureForm) -> CapturedPicture:
        """Convert to a JPEG of the right size.

        Raises:
            ImageError: `undecodable` or `too_large`.
        """


@dataclass(frozen=True, slots=True)
class JpegPicture:
    """A JPEG from a camera or file."""

    captured_monotonic_us: int
    data: bytes

    def finish(self, form: PictureForm) -> CapturedPicture:
        """See `RawPicture`."""
        width, height = jpeg_size(self.data)
        size = form.fit(width, height)
        if size == (width, height):
            jpeg = motion_jpeg.complete(self.data)
            return CapturedPicture(jpeg, width, height, self.captured_monotonic_us)
        pixels = decode(self.data, width=size[0], height=size[1]).pixels
        return PixelPicture(self.captured_monotonic_us, _shrink(pixels, size)).finish(form)


@dataclass(frozen=True, slots=True)
class PixelPicture:
    """Pixels: uint8 [height, width, 3], blue-green-red."""

    captured_monotonic_us: int
    pixels: Pixels

    def finish(self, form: PictureForm) -> CapturedPicture:
        """See `RawPicture`."""
        size = form.fit(self.pixels.shape[1], self.pixels.shape[0])
        jpeg = encode_jpeg(_shrink(self.pixels, size), form.quality)
        return CapturedPicture(jpeg, *size, self.captured_monotonic_us)


@dataclass(frozen=True, slots=True)
class VideoPicture:
    """A decoded picture of a video: the video's own pixel format, not yet turned upright."""

    captured_monotonic_us: int
    frame: av.VideoFrame

    def finish(self, form: PictureForm) -> CapturedPicture:
        """See `RawPicture`."""
        if self.frame.width * self.frame.height > MAX_PIXELS:
            raise ImageError("too_large", f"The video has more than {MAX_PIXELS} pixels")
        orientation = Orientation.from_degrees(self.frame.rotation)
        shown = form.fit(*orientation.size(self.frame.width, self.frame.height))
        width, height = orientation.size(*shown)
        try:
            frame = self.frame.reformat(
                width=width, height=height, format="bgr24", interpolation="AREA"
            )
            pixels = cast(Pixels, frame.to_ndarray())
        except (av.FFmpegError, ValueError) as error:
            raise ImageError("undecodable", "A picture of the video is damaged") from error
        jpeg = encode_jpeg(orientation.turn(pixels), form.quality)
        return CapturedPicture(jpeg, *shown, self.captured_monotonic_us)


@dataclass(frozen=True, slots=True)
class DamagedPicture:
    """Data that cannot be decoded to a picture."""

    captured_monotonic_us: int
    reason: str

    def finish(self, form: PictureForm) -> CapturedPicture:  # noqa: ARG002 - the protocol's
        """See `RawPicture`; always fails."""
        raise ImageError("undecodable", self.reason)


def _shrink(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    return cast(Pixels, cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
