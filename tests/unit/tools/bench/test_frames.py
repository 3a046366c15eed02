"""The pictures of a measurement: our own scene, a folder, a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from apps.runtime.errors import SettingsError
from apps.vision.image import encode_jpeg, image_size
from tools.bench.frames import Frames


def test_our_own_scene_is_the_same_everywhere() -> None:
    first, second = Frames().jpegs((160, 120)), Frames().jpegs((160, 120))
    assert first == second
    assert len(set(first)) == len(first) == 24
    assert {image_size(jpeg) for jpeg in first} == {(160, 120)}


def test_a_folder_of_pictures_is_taken_at_the_size_that_is_asked_for(tmp_path: Path) -> None:
    for number in range(3):
        pixels = np.full((40, 60, 3), 80 * number, np.uint8)
        (tmp_path / f"{number}.jpg").write_bytes(encode_jpeg(pixels, 90))
    (tmp_path / "notes.txt").write_text("no picture")
    frames = Frames(tmp_path)
    assert [image_size(jpeg) for jpeg in frames.jpegs((30, 20))] == [(30, 20)] * 3
    assert frames.facts()["source"] == str(tmp_path)


def test_what_holds_no_picture_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="missing"):
        Frames(tmp_path / "missing")
    with pytest.raises(SettingsError, match="No pictures"):
        Frames(tmp_path).jpegs((30, 20))
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(SettingsError, match=r"broken\.mp4"):
        Frames(tmp_path / "broken.mp4").jpegs((30, 20))
