"""Boxes drawn into a JPEG."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from apps.gateway.live.drawing import draw
from apps.pipeline.messages import Detection, Result
from apps.runtime.errors import ImageError


def picture(width: int = 320, height: int = 240, kind: str = "JPEG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (20, 20, 20)).save(written, kind)
    return written.getvalue()


def result(jpeg: bytes | None, *detections: Detection) -> Result:
    return Result(
        stream="hall:face", task="face", sequence=1, epoch=1, captured_at=0, inferred_at=0,
        width=320, height=240, model="", precision="", device="", detections=detections, jpeg=jpeg,
    )  # fmt: skip


def brightness(image: Image.Image, at: tuple[int, int]) -> int:
    pixel: Any = image.getpixel(at)
    return int(max(pixel))


def drawn(*detections: Detection) -> Image.Image:
    return Image.open(io.BytesIO(draw(result(picture(), *detections))))


def test_a_box_is_drawn_where_it_is() -> None:
    image = drawn(Detection(label="face", score=0.9, box=(0.25, 0.5, 0.75, 0.9)))
    assert image.size == (320, 240)
    assert brightness(image, (80, 180)) > 120
    assert brightness(image, (160, 170)) < 60


def test_without_detections_the_picture_is_unchanged() -> None:
    assert brightness(drawn(), (160, 120)) < 40


def test_boxes_outside_the_picture_are_cut() -> None:
    drawn(
        Detection(label="a", score=0.5, box=(-1.0, -2.0, 3.0, 4.0)),
        Detection(label="b", score=0.5, box=(0.9, 0.9, 0.1, 0.1)),
        Detection(label="c", score=0.5, box=(0.5, 0.5, 0.5, 0.5), track_id=3),
    )


def test_a_png_is_drawn_into_as_well() -> None:
    drawn_bytes = draw(result(picture(kind="PNG")))
    assert drawn_bytes.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    "jpeg", [None, b"", b"text", picture()[:40], picture(kind="GIF")], ids=lambda it: str(it)[:12]
)
def test_other_files_than_pictures_are_refused(jpeg: bytes | None) -> None:
    with pytest.raises(ImageError):
        draw(result(jpeg))


def test_a_decompression_bomb_is_not_unpacked() -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    with pytest.raises(ImageError, match="too many pixels"):
        draw(result(bomb))
