"""A picture is fitted into the input of a model, with its position."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apps.vision.image import Pixels
from apps.vision.models.fit import InputPlacement, letterbox, stretch

sides = st.integers(1, 200)


def grey(width: int, height: int, value: int = 200) -> Pixels:
    return np.full((height, width, 3), value, np.uint8)


def test_stretching_covers_the_whole_input() -> None:
    tensor, placement = stretch(grey(640, 360), 300, 200)
    assert tensor.shape == (1, 200, 300, 3)
    assert tensor.min() == tensor.max() == 200
    assert placement == InputPlacement(0, 0, 300, 200)


def test_a_picture_of_the_right_size_is_not_copied() -> None:
    pixels = grey(30, 20)
    tensor, _ = stretch(pixels, 30, 20)
    assert np.shares_memory(tensor, pixels)


def test_a_part_of_a_picture_is_made_contiguous() -> None:
    tensor, _ = stretch(grey(60, 40)[10:30, 10:40], 30, 20)
    assert tensor.flags.c_contiguous


def test_a_letterbox_keeps_the_aspect_ratio_and_fills_the_rest() -> None:
    tensor, placement = letterbox(grey(200, 100), 416, 416, 114)
    assert placement == InputPlacement(0, 0, 416, 208)
    assert (tensor[0, :208] == 200).all()
    assert (tensor[0, 208:] == 114).all()


def test_a_tall_picture_leaves_the_right_side_empty() -> None:
    _, placement = letterbox(grey(100, 400), 64, 64, 0)
    assert placement == InputPlacement(0, 0, 16, 64)


@given(sides, sides, sides, sides)
def test_a_letterbox_stays_inside_the_input(width: int, height: int, wide: int, high: int) -> None:
    tensor, placement = letterbox(grey(width, height), wide, high, 0)
    assert tensor.shape == (1, high, wide, 3)
    assert 1 <= placement.width <= wide
    assert 1 <= placement.height <= high
    assert placement.width == wide or placement.height == high
