"""Recordings that stand in for cameras."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from apps.vision.image import Pixels, decode, encode_jpeg
from apps.vision.video.demux import OpenOptions, open_container, timed_pictures
from apps.vision.video.picture import JpegPicture, PictureForm, VideoPicture
from tools.bench.films import as_h264, as_jpegs


def shade(value: int) -> Pixels:
    return np.full((48, 64, 3), value, np.uint8)


@pytest.fixture
def jpegs() -> list[bytes]:
    return [encode_jpeg(shade(value), 90) for value in (20, 120, 220)]


def test_a_film_of_jpegs_has_the_very_bytes_at_the_rate(tmp_path: Path, jpegs: list[bytes]) -> None:
    as_jpegs(tmp_path / "film.mkv", jpegs, 15)
    how = OpenOptions(str(tmp_path / "film.mkv"), "film")
    with open_container(how) as (container, stream):
        timed = list(timed_pictures(container, stream, 3))
    pictures = [one.picture for one in timed]
    assert all(isinstance(picture, JpegPicture) for picture in pictures)
    assert [p.data for p in pictures[:6] if isinstance(p, JpegPicture)] == jpegs * 2
    assert timed[15].seconds == pytest.approx(1.0, abs=0.002)


def test_a_film_in_h264_shows_the_same_pictures_again_and_again(
    tmp_path: Path, jpegs: list[bytes]
) -> None:
    as_h264(tmp_path / "film.mkv", jpegs, 15)
    how = OpenOptions(str(tmp_path / "film.mkv"), "film")
    with open_container(how) as (container, stream):
        pictures = [one.picture for one in timed_pictures(container, stream, 3)]
    assert all(isinstance(picture, VideoPicture) for picture in pictures)
    shown = [decode(picture.finish(PictureForm()).jpeg).pixels.mean() for picture in pictures[:6]]
    assert shown == pytest.approx([20, 120, 220] * 2, abs=6)
