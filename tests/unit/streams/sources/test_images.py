"""A folder of pictures."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from apps.runtime.errors import ImageError, SourceError
from apps.streams.capture.stop_signal import StopSignal
from apps.streams.sources.images import ImagesSource
from apps.vision.video.picture import PictureForm
from tests.support.pictures import grey_jpeg

FAST = 1000.0


def fill(folder: Path) -> None:
    (folder / "b.jpg").write_bytes(grey_jpeg(64, 48))
    cv2.imwrite(str(folder / "a.png"), np.full((10, 20, 3), 9, np.uint8))
    cv2.imwrite(str(folder / "c.webp"), np.full((30, 40, 3), 9, np.uint8))
    (folder / "notes.txt").write_text("not a picture")


def test_pictures_come_in_order_of_name_and_jpegs_stay_unchanged(tmp_path: Path) -> None:
    fill(tmp_path)
    pictures = ImagesSource(tmp_path, fps=FAST, loop=False).pictures(StopSignal())
    finished = [raw.finish(PictureForm()) for raw in pictures]
    assert [(p.width, p.height) for p in finished] == [(20, 10), (64, 48), (40, 30)]
    assert finished[1].jpeg == grey_jpeg(64, 48)


def test_new_pictures_appear_in_the_next_pass(tmp_path: Path) -> None:
    fill(tmp_path)
    pictures = ImagesSource(tmp_path, fps=FAST).pictures(StopSignal())
    list(islice(pictures, 3))
    (tmp_path / "d.jpg").write_bytes(grey_jpeg(8, 8))
    assert [next(pictures).finish(PictureForm()).width for _ in range(4)] == [20, 64, 40, 8]


def test_a_single_picture_can_be_a_source(tmp_path: Path) -> None:
    fill(tmp_path)
    pictures = ImagesSource(tmp_path / "b.jpg", fps=FAST).pictures(StopSignal())
    assert [next(pictures).finish(PictureForm()).width for _ in range(3)] == [64, 64, 64]


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.bmp"])
def test_a_damaged_file_gives_one_damaged_picture(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\xd8noise" if name == "x.jpg" else b"noise")
    (tmp_path / "y.jpg").write_bytes(grey_jpeg())
    first, second = ImagesSource(tmp_path, fps=FAST, loop=False).pictures(StopSignal())
    with pytest.raises(ImageError):
        first.finish(PictureForm())
    assert second.finish(PictureForm()).width == 64


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the folder has no pictures"):
        ImagesSource(tmp_path).check()
    with pytest.raises(SourceError, match="no such file or folder"):
        ImagesSource(tmp_path / "gone").check()
