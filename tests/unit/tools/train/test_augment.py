"""Crops keep their boxes where the things are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.train.data.augment import Crop, cut, mosaic, spoil
from tools.train.data.coco_data import TrainingSample

#: A white thing on a black picture.
BOX = (0.3, 0.2, 0.5, 0.7)


def a_picture() -> tuple[np.ndarray, TrainingSample]:
    pixels = np.zeros((180, 320, 3), np.uint8)
    pixels[36:126, 96:160] = 255
    boxes = np.array([BOX], np.float32)
    return pixels, TrainingSample(Path("a.jpg"), boxes, np.zeros(1, np.int64), np.zeros(1, bool))


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), scale=st.floats(0.4, 1.6))
def test_a_box_stays_around_its_thing(seed: int, scale: float) -> None:
    pixels, sample = a_picture()
    crop = cut(pixels, sample, (256, 256), scale, np.random.default_rng(seed), np.ones(1))
    ys, xs = np.nonzero(crop.pixels[..., 0] > 200)
    if not len(crop.boxes) or crop.ignored[0]:
        return
    seen = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
    assert np.abs(seen - crop.boxes[0]).max() < 3


@settings(deadline=None)
@given(seed=st.integers(0, 2**32))
def test_boxes_are_inside_the_crop(seed: int) -> None:
    pixels, sample = a_picture()
    crop = cut(pixels, sample, (128, 96), 1.3, np.random.default_rng(seed), np.ones(1))
    assert crop.pixels.shape == (96, 128, 3)
    assert (crop.boxes >= 0).all()
    assert (crop.boxes <= [128, 96, 128, 96]).all()


def test_four_crops_become_one() -> None:
    parts = [
        Crop(
            np.full((high, wide, 3), value, np.uint8),
            np.array([[0, 0, wide, high]], np.float32),
            np.array([value]),
            np.zeros(1, bool),
        )
        for value, (wide, high) in enumerate(((30, 20), (34, 20), (30, 44), (34, 44)))
    ]
    whole = mosaic(parts, (64, 64), (30, 20))
    assert whole.pixels.shape == (64, 64, 3)
    for box, value in zip(whole.boxes.astype(int), whole.classes, strict=True):
        assert (whole.pixels[box[1] : box[3], box[0] : box[2]] == value).all()
    assert whole.boxes[3].tolist() == [30, 20, 64, 64]


@settings(deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_spoilt_picture_is_still_a_picture(seed: int) -> None:
    pixels, _ = a_picture()
    before = pixels.copy()
    spoilt = spoil(pixels, np.random.default_rng(seed))
    assert spoilt.shape == pixels.shape
    assert spoilt.dtype == np.uint8
    assert (pixels == before).all()
