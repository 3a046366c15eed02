"""The coarse map of shadows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.scenes.arrays import Bytes
from apps.scenes.drawing.shadow_map import ShadowMap

HALF = np.full((40, 40), 128, np.uint8)


def white(width: int = 320, height: int = 180) -> Bytes:
    return np.full((height, width, 3), 255, np.uint8)


def shaded(*placed: tuple[float, float, float, float, float], shadow: Bytes = HALF) -> Bytes:
    picture, shade = white(), ShadowMap(320, 180)
    for at in placed:
        shade.darken(shadow, at)
    shade.overlay_on(picture)
    return picture


def test_without_shadows_the_picture_is_unchanged() -> None:
    assert (shaded() == 255).all()


@settings(deadline=None, max_examples=30)
@given(st.floats(-30, 300), st.floats(-30, 160))
def test_a_shadow_darkens_only_its_own_area(x: float, y: float) -> None:
    picture = shaded((1.0, 0.0, 1.0, x, y))
    left, top, right, bottom = (round(value) for value in (x, y, x + 40, y + 40))
    inner = picture[max(0, top + 6) : max(0, bottom - 6), max(0, left + 6) : max(0, right - 6)]
    assert (np.abs(inner.astype(int) - 128) <= 2).all()
    picture[max(0, top - 6) : max(0, bottom + 6), max(0, left - 6) : max(0, right + 6)] = 255
    assert (picture == 255).all()


def test_overlapping_shadows_are_darker() -> None:
    picture = shaded((1.0, 0.0, 1.0, 100.0, 60.0), (1.0, 0.0, 1.0, 120.0, 60.0))
    assert (picture[70:90, 110] == 128).all()
    assert picture[70:90, 130] == pytest.approx(64, abs=2)
    assert (picture[70:90, 150] == 128).all()


def test_a_gradient_has_no_visible_edge() -> None:
    fading = np.repeat(np.linspace(60, 250, 44).astype(np.uint8)[:, None], 20, axis=1)
    column = shaded((4.0, 0.0, 4.0, 40.0, 2.0), shadow=fading)[8:170, 80, 0].astype(int)
    assert (np.diff(column) >= 0).all()
    assert np.diff(column).max() <= 3


def test_a_shadow_can_lean_and_be_upside_down() -> None:
    picture = shaded((1.0, 1.0, -1.0, 100.0, 120.0))
    assert picture[110, 120, 0] == pytest.approx(
        128, abs=2
    )  # 10 pixels up means 10 pixels to the right
    assert picture[90, 150, 0] == pytest.approx(128, abs=2)
    assert (picture[130:] == 255).all()


def test_the_picture_size_can_be_any_number_of_pixels() -> None:
    picture, shade = white(333, 217), ShadowMap(333, 217)
    shade.darken(HALF, (10.0, 0.0, 10.0, -20.0, -20.0))
    shade.overlay_on(picture)
    assert (picture == 128).all()
