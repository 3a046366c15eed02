"""Orientation of video pictures."""

from __future__ import annotations

import numpy as np
import pytest

from apps.vision.video.orientation import Orientation


@pytest.mark.parametrize(
    ("degrees", "orientation"),
    [
        (0, Orientation.UPRIGHT),
        (90, Orientation.LEFT),
        (-90, Orientation.RIGHT),
        (180, Orientation.UPSIDE_DOWN),
        (-180, Orientation.UPSIDE_DOWN),
        (270, Orientation.RIGHT),
        (360, Orientation.UPRIGHT),
        (45, Orientation.UPRIGHT),
    ],
)
def test_an_angle_names_an_orientation(degrees: int, orientation: Orientation) -> None:
    assert Orientation.from_degrees(degrees) is orientation


@pytest.mark.parametrize(
    ("orientation", "rows"),
    [
        (Orientation.UPRIGHT, [[1, 2, 3], [4, 5, 6]]),
        (Orientation.LEFT, [[3, 6], [2, 5], [1, 4]]),
        (Orientation.UPSIDE_DOWN, [[6, 5, 4], [3, 2, 1]]),
        (Orientation.RIGHT, [[4, 1], [5, 2], [6, 3]]),
    ],
)
def test_pixels_are_turned_counterclockwise(
    orientation: Orientation, rows: list[list[int]]
) -> None:
    row_by_row = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    turned = orientation.turn(np.repeat(row_by_row[:, :, np.newaxis], 3, axis=2))

    assert turned[:, :, 0].tolist() == rows
    assert orientation.size(3, 2) == (turned.shape[1], turned.shape[0])


def test_upright_pixels_are_not_copied() -> None:
    pixels = np.zeros((2, 3, 3), np.uint8)

    assert Orientation.UPRIGHT.turn(pixels) is pixels
