"""Conversion between metres and pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.scenes.drawing.camera import SceneCamera, camera_at

ACROSS = st.floats(-0.45, 0.45)


@st.composite
def cameras(draw: st.DrawFn) -> SceneCamera:
    return SceneCamera(
        x=draw(st.floats(-50, 50)),
        y=draw(st.floats(-50, 50)),
        z=draw(st.floats(1, 12)),
        heading=draw(st.floats(-math.pi, math.pi)),
        pitch=draw(st.floats(0.05, 1.2)),
        field=draw(st.floats(0.5, 1.6)),
        width=draw(st.integers(160, 1920)),
        height=draw(st.integers(120, 1080)),
    )


@given(cameras(), ACROSS, st.floats(0.1, 0.45))
def test_the_ground_point_of_a_pixel_projects_to_the_same_pixel(
    camera: SceneCamera, across: float, down: float
) -> None:
    pixel = np.array([[camera.width * (0.5 + across), camera.height * (0.5 + down)]])
    place = camera.ground(pixel)
    again, depth = camera.project(np.column_stack([place, [0.0]]))
    assert depth[0] > 0
    assert again == pytest.approx(pixel, abs=1e-4)


@given(cameras(), ACROSS, st.floats(0.1, 0.45))
def test_the_homography_equals_the_projection_of_the_ground(
    camera: SceneCamera, across: float, down: float
) -> None:
    pixel = np.array([[camera.width * (0.5 + across), camera.height * (0.5 + down)]])
    x, y = camera.ground(pixel)[0]
    u, v, w = camera.ground_to_picture @ np.array([x, y, 1.0])
    assert np.array([u / w, v / w]) == pytest.approx(pixel[0], abs=1e-4)


@given(cameras(), cameras(), st.floats(-20, 20), st.floats(-20, 20))
def test_two_cameras_give_the_same_ground_point(
    first: SceneCamera, second: SceneCamera, x: float, y: float
) -> None:
    for camera in (first, second):
        pixel, depth = camera.project(np.array([[x, y, 0.0]]))
        if depth[0] > 0.5:
            assert camera.ground(pixel)[0] == pytest.approx([x, y], abs=1e-3)


def test_pixels_of_the_sky_have_no_ground_point() -> None:
    camera = camera_at((0, 0, 3), (10, 0, 2), 1.0, 640, 360)
    assert np.isnan(camera.ground(np.array([[320.0, 0.0]]))).all()


def test_the_aim_of_a_camera_is_in_the_middle_of_its_picture() -> None:
    camera = camera_at((1, 2, 5), (4, 9, 1.2), 1.1, 640, 360)
    pixel, depth = camera.project(np.array([[4, 9, 1.2]]))
    assert pixel[0] == pytest.approx([320, 180])
    assert depth[0] == pytest.approx(math.dist((1, 2, 5), (4, 9, 1.2)))


def test_up_and_right_in_the_world_are_up_and_right_in_the_picture() -> None:
    camera = camera_at((0, 0, 3), (10, 0, 0), 1.0, 640, 360)
    (low, high, right), _ = camera.project(np.array([[10, 0, 0], [10, 0, 1], [10, -1, 0]]))
    assert high[1] < low[1]
    assert right[0] > low[0]
