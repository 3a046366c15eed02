"""Pictures of a source are encoded at most once."""

from __future__ import annotations

import av
import numpy as np
import pytest

from apps.runtime.errors import ImageError
from apps.vision.image import Pixels, decode, encode_jpeg, jpeg_size
from apps.vision.video import motion_jpeg
from apps.vision.video.picture import (
    DamagedPicture,
    JpegPicture,
    PictureForm,
    PixelPicture,
    VideoPicture,
)
from tests.support.pictures import grey_jpeg


def left_half_white(width: int = 64, height: int = 48) -> Pixels:
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = 255
    return pixels


def without_tables(jpeg: bytes) -> bytes:
    """The JPEG without Huffman tables, as from many USB cameras."""
    position, kept = 2, jpeg[:2]
    while True:
        length = 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
        if jpeg[position + 1] == 0xDA:
            return kept + jpeg[position:]
        if jpeg[position + 1] != 0xC4:
            kept += jpeg[position : position + length]
        position += length


def test_a_jpeg_of_the_right_size_is_unchanged() -> None:
    jpeg = grey_jpeg(64, 48) + b"padding"
    picture = JpegPicture(5, jpeg).finish(PictureForm())
    assert (picture.jpeg, picture.width, picture.height) == (jpeg, 64, 48)
    assert picture.captured_monotonic_us == 5


def test_a_larger_jpeg_is_reduced_with_its_aspect_ratio() -> None:
    picture = JpegPicture(0, grey_jpeg(640, 480)).finish(PictureForm(320, 200))
    assert (picture.width, picture.height) == jpeg_size(picture.jpeg) == (267, 200)


def test_a_smaller_jpeg_is_unchanged() -> None:
    jpeg = grey_jpeg(64, 48)
    assert JpegPicture(0, jpeg).finish(PictureForm(320, 240)).jpeg == jpeg


@pytest.mark.parametrize("data", [b"", b"noise", grey_jpeg()[:-40]])
def test_a_damaged_jpeg_is_refused(data: bytes) -> None:
    with pytest.raises(ImageError):
        JpegPicture(0, data).finish(PictureForm())


def test_a_damaged_picture_raises_an_error() -> None:
    with pytest.raises(ImageError, match="noise"):
        DamagedPicture(0, "noise").finish(PictureForm())


def test_missing_huffman_tables_are_added() -> None:
    jpeg = encode_jpeg(left_half_white(), 90)
    bare = without_tables(jpeg)
    assert b"\xff\xc4" not in bare[: bare.index(b"\xff\xda")]
    picture = JpegPicture(0, bare).finish(PictureForm())
    assert b"\xff\xc4" in picture.jpeg
    assert np.array_equal(decode(picture.jpeg).pixels, decode(jpeg).pixels)


def test_existing_huffman_tables_are_kept() -> None:
    jpeg = grey_jpeg()
    assert motion_jpeg.complete(jpeg) is jpeg


def test_pixels_are_encoded_at_the_given_size_and_quality() -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 255, (480, 640, 3), np.uint8)
    fine = PixelPicture(0, pixels).finish(PictureForm(quality=95))
    coarse = PixelPicture(0, pixels).finish(PictureForm(quality=20))
    small = PixelPicture(0, pixels).finish(PictureForm(width=320))
    assert len(fine.jpeg) > 2 * len(coarse.jpeg)
    assert (small.width, small.height) == jpeg_size(small.jpeg) == (320, 240)


@pytest.mark.parametrize("form", [PictureForm(), PictureForm(width=32)])
def test_a_picture_of_a_video_keeps_its_colours(form: PictureForm) -> None:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:] = (200, 100, 30)
    frame = av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format="yuv420p")
    picture = VideoPicture(0, frame).finish(form)
    mean = decode(picture.jpeg).pixels.mean(axis=(0, 1))
    assert np.allclose(mean, (200, 100, 30), atol=6)
    assert (picture.width, picture.height) == jpeg_size(picture.jpeg)


@pytest.mark.parametrize(
    ("rotation", "bright"), [(0, "left"), (90, "bottom"), (-90, "top"), (180, "right")]
)
def test_a_rotated_video_is_turned_upright(rotation: int, bright: str) -> None:
    class Turned:
        """A frame with a rotation."""

        width, height = 64, 48

        def __init__(self) -> None:
            self.rotation = rotation
            self.frame = av.VideoFrame.from_ndarray(left_half_white(), format="bgr24")

        def reformat(self, **options: object) -> av.VideoFrame:
            return self.frame.reformat(**options)  # type: ignore[arg-type]  # passed through

    picture = VideoPicture(0, Turned()).finish(PictureForm())  # type: ignore[arg-type]  # a fake
    pixels = decode(picture.jpeg).pixels
    height, width = pixels.shape[:2]
    halves = {
        "left": pixels[:, : width // 2],
        "right": pixels[:, width // 2 :],
        "top": pixels[: height // 2],
        "bottom": pixels[height // 2 :],
    }
    assert halves[bright].mean() > 200
    assert (picture.width, picture.height) == (width, height)
    assert (width > height) is (rotation in {0, 180})
