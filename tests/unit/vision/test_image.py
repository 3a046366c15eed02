"""Pictures are decoded at a sufficient scale, within the limit, and only if complete."""

from __future__ import annotations

import base64
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.messages import DropReason
from apps.runtime.errors import ImageError
from apps.vision.image import Pixels, crop, decode, encode_jpeg, image_size, jpeg_size

WIDTH, HEIGHT = 1281, 721


def scene(width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """A smooth picture: blue grows to the right, green downwards, red stays."""
    across = np.linspace(0, 255, width, dtype=np.uint8)[np.newaxis, :]
    down = np.linspace(0, 255, height, dtype=np.uint8)[:, np.newaxis]
    planes = np.broadcast_arrays(across, down, np.full((1, 1), 40, np.uint8))
    return np.ascontiguousarray(np.stack(planes, axis=2))


def png(pixels: Pixels) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """The JPEG with a segment inserted at its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


def rotated_by_exif(jpeg: bytes) -> bytes:
    """The JPEG with EXIF orientation 6 (turn clockwise for display)."""
    tag = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + tag + b"\0\0\0\0"
    return with_segment(jpeg, 0xE1, b"Exif\0\0" + tiff)


JPEG = encode_jpeg(scene(), 90)
#: 16x16 pixels of red, printed: no cyan, all magenta, all yellow, no black.
CMYK = base64.b64decode(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpKPjM2Rjcs"
    "LUBXQUZMTlJTUjI+WmFaUGBKUVJP/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAAB"
    "AgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNi"
    "coIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SV"
    "lpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4E"
    "QwBNAFkASwAAPwD06vMK8wr06iiiiiiiiiiiiv/Z"
)
PNG = png(scene())


@pytest.mark.parametrize(
    ("wanted", "scale"),
    [((1281, 721), 1), ((642, 100), 1), ((641, 361), 2), ((300, 300), 2), ((321, 181), 4),
     ((160, 90), 8), ((1, 1), 8), ((2000, 2000), 1), ((0, 0), 1)],
)  # fmt: skip
def test_a_jpeg_is_decoded_at_the_smallest_scale_that_covers_the_input(
    wanted: tuple[int, int], scale: int
) -> None:
    picture = decode(JPEG, width=wanted[0], height=wanted[1])
    assert picture.pixels.shape == (-(-HEIGHT // scale), -(-WIDTH // scale), 3)
    assert (picture.original_width, picture.original_height) == (WIDTH, HEIGHT)


def test_a_picture_that_is_fitted_inside_needs_only_one_side() -> None:
    assert decode(JPEG, width=416, height=416).pixels.shape[1] == WIDTH
    assert decode(JPEG, width=416, height=416, inside=True).pixels.shape == (361, 641, 3)


@pytest.mark.parametrize("data", [JPEG, PNG], ids=["jpeg", "png"])
def test_pixels_are_blue_green_red(data: bytes) -> None:
    pixels = decode(data).pixels
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - scene()).max() <= 6


def test_a_png_is_decoded_in_full() -> None:
    assert decode(PNG, width=100, height=100).pixels.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("wanted", [1281, 300, 100])
def test_an_orientation_in_exif_is_ignored_at_every_scale(wanted: int) -> None:
    plain = decode(JPEG, width=wanted, height=wanted)
    turned = decode(rotated_by_exif(JPEG), width=wanted, height=wanted)
    np.testing.assert_array_equal(plain.pixels, turned.pixels)


def test_a_grey_jpeg_becomes_three_channels() -> None:
    grey = cv2.imencode(".jpg", scene()[:, :, 0])[1].tobytes()
    assert decode(grey, width=300, height=300).pixels.shape == (361, 641, 3)


@pytest.mark.parametrize("wanted", [16, 8])
def test_a_cmyk_jpeg_becomes_blue_green_red(wanted: int) -> None:
    pixels = decode(CMYK, width=wanted, height=wanted).pixels
    assert pixels.shape == (wanted, wanted, 3)
    assert pixels[0, 0].tolist() == pytest.approx([0, 0, 255], abs=4)


def test_transparency_is_removed() -> None:
    rgba = np.dstack([scene(40, 30), np.full((30, 40), 7, np.uint8)])
    np.testing.assert_array_equal(decode(png(rgba)).pixels, scene(40, 30))


def bomb(width: int, height: int) -> bytes:
    """A JPEG of a few bytes with a huge size in its header."""
    small = encode_jpeg(scene(16, 16), 50)
    at = small.index(b"\xff\xc0") + 5
    return small[:at] + struct.pack(">HH", height, width) + small[at + 4 :]


def png_bomb(width: int, height: int) -> bytes:
    small = png(scene(16, 16))
    head = b"IHDR" + struct.pack(">II", width, height) + small[24:29]
    return small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]


@pytest.mark.parametrize("data", [bomb(30000, 30000), png_bomb(30000, 30000)], ids=["jpeg", "png"])
def test_a_decompression_bomb_is_refused_before_decoding(data: bytes) -> None:
    with pytest.raises(ImageError, match="30000x30000") as caught:
        decode(data, width=300, height=300)
    assert caught.value.reason == DropReason.TOO_LARGE


def test_the_pixel_limit_is_configurable() -> None:
    decode(JPEG, max_pixels=WIDTH * HEIGHT)
    with pytest.raises(ImageError):
        decode(JPEG, max_pixels=WIDTH * HEIGHT - 1)


@pytest.mark.parametrize("data", [JPEG, PNG], ids=["jpeg", "png"])
@pytest.mark.parametrize("kept", [0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_picture_is_refused(data: bytes, kept: float) -> None:
    with pytest.raises(ImageError) as caught:
        decode(data[: int(len(data) * kept)])
    assert caught.value.reason == DropReason.UNDECODABLE


@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_end_marker_is_refused(missing: int) -> None:
    with pytest.raises(ImageError):
        decode(JPEG[:-missing])


def test_the_end_marker_of_a_thumbnail_does_not_count() -> None:
    thumbnail = encode_jpeg(scene(32, 18), 50)
    whole = with_segment(JPEG, 0xE1, b"Exif\0\0" + thumbnail)
    assert jpeg_size(whole) == (WIDTH, HEIGHT)
    with pytest.raises(ImageError):
        jpeg_size(whole[: len(whole) // 2])


@pytest.mark.parametrize("data", [JPEG, PNG], ids=["jpeg", "png"])
def test_bytes_after_the_end_are_ignored(data: bytes) -> None:
    assert decode(data + b"\0" * 500).pixels.shape == (HEIGHT, WIDTH, 3)


def test_fill_bytes_between_segments_are_skipped() -> None:
    assert jpeg_size(JPEG[:2] + b"\xff\xff\xff" + JPEG[2:]) == (WIDTH, HEIGHT)


def test_a_wrong_size_in_the_header_is_refused() -> None:
    with pytest.raises(ImageError) as caught:
        decode(png_bomb(20, 16))
    assert caught.value.reason == DropReason.UNDECODABLE


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"not a picture", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"\x89PNG\r\n\x1a\n",
     bomb(0, 0), png_bomb(0, 5)],
)  # fmt: skip
def test_other_data_is_undecodable(data: bytes) -> None:
    with pytest.raises(ImageError) as caught:
        decode(data)
    assert caught.value.reason == DropReason.UNDECODABLE


def outcome(data: bytes) -> str:
    """The reason why a picture is refused; empty if it is accepted."""
    try:
        decode(data, width=100, height=100, max_pixels=2_000_000)
    except ImageError as error:
        return error.reason
    return ""


@given(st.binary(max_size=200))
def test_random_bytes_after_a_jpeg_start_are_accepted_or_refused(tail: bytes) -> None:
    assert outcome(b"\xff\xd8" + tail) in {
        "", DropReason.UNDECODABLE, DropReason.TOO_LARGE
    }  # fmt: skip


@given(st.integers(0, len(JPEG) - 1), st.integers(0, 255))
def test_one_wrong_byte_never_raises_another_error(place: int, value: int) -> None:
    damaged = JPEG[:place] + bytes([value]) + JPEG[place + 1 :]
    assert outcome(damaged) in {
        "", DropReason.UNDECODABLE, DropReason.TOO_LARGE
    }  # fmt: skip


def test_the_size_of_a_jpeg_comes_from_its_header() -> None:
    assert jpeg_size(JPEG) == (WIDTH, HEIGHT)
    assert image_size(PNG) == (WIDTH, HEIGHT)
    with pytest.raises(ImageError):
        jpeg_size(PNG)


def test_a_crop_is_the_part_inside_the_box() -> None:
    pixels = scene(100, 50)
    np.testing.assert_array_equal(crop(pixels, (0.1, 0.2, 0.5, 0.6)), pixels[10:30, 10:50])


def test_a_crop_ends_at_the_edge_of_the_picture() -> None:
    assert crop(scene(100, 50), (-1.0, -1.0, 2.0, 2.0)).shape == (50, 100, 3)


@given(*(st.floats(-2, 2) for _ in range(4)))
def test_a_crop_has_at_least_one_pixel(left: float, top: float, right: float, low: float) -> None:
    assert crop(scene(10, 10), (left, top, right, low)).size >= 3


def test_an_empty_picture_cannot_be_encoded() -> None:
    with pytest.raises(ImageError):
        encode_jpeg(np.zeros((0, 10, 3), np.uint8), 80)


def test_a_picture_wider_than_jpeg_allows_cannot_be_encoded() -> None:
    with pytest.raises(ImageError) as caught:
        encode_jpeg(np.zeros((1, 65536, 3), np.uint8), 80)
    assert caught.value.reason == DropReason.TOO_LARGE


def test_opencv_uses_one_thread() -> None:
    assert cv2.getNumThreads() == 1
