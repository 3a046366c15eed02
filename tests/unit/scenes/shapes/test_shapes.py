"""Solid shapes of people and vehicles, and their pictures."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.scenes.arrays import Floats
from apps.scenes.drawing.painting import Light, ShapeView, paint
from apps.scenes.shapes.bicycle import bicycle
from apps.scenes.shapes.cone import cone
from apps.scenes.shapes.detail import Detail, detail_at
from apps.scenes.shapes.figure import figure
from apps.scenes.shapes.looks import PersonLook, cone_look, person_look, vehicle_look
from apps.scenes.shapes.mesh import Mesh, ball, box, loft, tube
from apps.scenes.shapes.motor import motor
from apps.scenes.shapes.pose import standing, walking

LIGHT = Light(sun=(-0.5, 0.4, 0.77), direct=(0.5, 0.5, 0.5), sky=(0.7,) * 3, ground=(0.4,) * 3)
SEEDS = st.integers(0, 2000)


def look(seed: int) -> PersonLook:
    return person_look(np.random.default_rng(seed))


def volume(mesh: Mesh) -> float:
    """Positive when all faces look outwards, by the divergence theorem."""
    a, b, c, d = (mesh.points[mesh.faces[:, corner]] for corner in range(4))

    def part(p: Floats, q: Floats, r: Floats) -> float:
        return float((p * np.cross(q, r)).sum() / 6)

    return part(a, b, c) + part(a, c, d)


def test_shapes_face_outwards() -> None:
    assert volume(box((1, 2, 3), (2, 3, 4), (0, 0, 0))) == pytest.approx(24, rel=0.01)
    assert volume(ball((0, 0, 1), (1, 2, 1), (0, 0, 0), sides=40, rows=30)) == pytest.approx(
        8 * math.pi / 3, rel=0.03
    )
    for end in ((0, 0, 2), (2, 0, 0), (0, 2, 0), (0, 0, -2), (-2, 0, 0), (0, -2, 0), (1, 1, 1)):
        length = math.dist((0, 0, 0), end)
        pipe = tube([(0, 0, 0), end], (0.5, 0.5), (0, 0, 0), sides=40)
        assert volume(pipe) == pytest.approx(math.pi / 4 * length, rel=0.02)


def test_each_face_of_a_surface_can_have_a_colour() -> None:
    rings = np.array([[(0, 0, z), (1, 0, z), (0, 1, z)] for z in (0.0, 1.0, 2.0)])
    colours = np.arange(18, dtype=float).reshape(2, 3, 3)
    mesh = loft(rings, colours)
    assert np.array_equal(mesh.colours[:6], colours.reshape(-1, 3))
    assert len(mesh.faces) == len(mesh.colours) == 12


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.floats(0, 1))
def test_a_person_stands_on_the_ground_with_the_height_of_the_look(seed: int, phase: float) -> None:
    someone = replace(look(seed), bag="none")
    points = figure(someone, walking(someone, phase)).points
    assert points[:, 2].min() == pytest.approx(0.0, abs=0.05)
    # A hat or thick hair adds height; a long stride reduces it.
    assert 0.9 * someone.height < points[:, 2].max() < 1.05 * someone.height + 0.06


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_limbs_keep_their_length_during_a_step(seed: int) -> None:
    someone = look(seed)
    for first, second in pairwise(walking(someone, i / 12) for i in range(13)):
        for one, other in zip(first.legs, second.legs, strict=True):
            assert math.dist(one.root, one.bend) == pytest.approx(
                math.dist(other.root, other.bend), rel=0.02
            )


def test_left_and_right_leg_alternate() -> None:
    someone = look(1)
    left, right = walking(someone, 0.25).legs
    assert left.end[0] > right.end[0]
    left, right = walking(someone, 0.75).legs
    assert left.end[0] < right.end[0]


@given(SEEDS)
@settings(deadline=None, max_examples=25)
def test_every_pose_of_a_person_has_the_same_faces(seed: int) -> None:
    someone = look(seed)
    for detail in Detail:
        step = figure(someone, walking(someone, 0.1), detail)
        rest = figure(someone, standing(someone, 0), detail)
        assert np.array_equal(step.faces, rest.faces)
        assert np.array_equal(step.colours, rest.colours)


def test_a_distant_shape_has_fewer_faces() -> None:
    someone = look(1)
    far, middle, close = (len(figure(someone, walking(someone, 0.1), d).faces) for d in Detail)
    assert far < 0.8 * middle
    assert middle < 0.7 * close


def test_detail_grows_with_the_size_in_the_picture() -> None:
    assert [detail_at(scale) for scale in (20, 80, 200)] == list(Detail)


@pytest.mark.parametrize("seed", range(12))
def test_a_vehicle_has_the_size_of_its_look(seed: int) -> None:
    vehicle = vehicle_look(np.random.default_rng(seed))
    low, high = motor(vehicle).points.min(axis=0), motor(vehicle).points.max(axis=0)
    assert high[0] - low[0] == pytest.approx(vehicle.length, abs=0.1)
    assert high[1] - low[1] == pytest.approx(vehicle.width, abs=0.4)  # mirrors
    assert high[2] == pytest.approx(vehicle.height, rel=0.02)
    assert low[2] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_a_cone_stands_on_its_foot_and_is_as_tall_as_its_look(seed: int) -> None:
    look_of_it = cone_look(np.random.default_rng(seed))
    shape = cone(look_of_it)
    low, high = shape.points.min(axis=0), shape.points.max(axis=0)
    assert (low[2], high[2]) == pytest.approx((0.0, look_of_it.height))
    assert 0.4 * look_of_it.height < high[0] - low[0] < 0.6 * look_of_it.height
    assert volume(shape) > 0


def test_only_the_rider_of_a_bicycle_is_marked_as_rider() -> None:
    mesh = bicycle(look(3), (40, 40, 200), 0.25)
    assert 0 < mesh.rider.sum() < len(mesh.faces)
    assert mesh.points[mesh.faces[mesh.rider]][..., 2].max() > 1.4


@settings(deadline=None, max_examples=25)
@given(SEEDS, st.floats(-3, 3), st.floats(0, 0.8), st.floats(20, 150))
def test_colours_are_never_brighter_than_their_coverage(
    seed: int, turn: float, elevation: float, scale: float
) -> None:
    someone = look(seed)
    mesh = figure(someone, walking(someone, 0.3), Detail.MIDDLE)
    pixels = paint(mesh, ShapeView(turn, 10.0, elevation, scale), LIGHT).pixels
    assert (pixels[..., :3] <= pixels[..., 3:]).all()
    assert pixels[..., 3].max() == 255


def test_the_anchor_is_the_pixel_of_the_origin() -> None:
    cube = box((0, 0, 0.5), (1, 1, 1), (100, 100, 100))
    painted = paint(cube, ShapeView(0.0, 200.0, 0.0, 50.0), LIGHT)
    rows, columns = np.nonzero(painted.pixels[..., 3] > 127)
    assert columns.mean() + 0.5 == pytest.approx(painted.anchor[0], abs=0.6)
    assert rows.max() + 1 == pytest.approx(painted.anchor[1], abs=1.1)
    assert np.ptp(rows) + 1 == pytest.approx(50, abs=2)


def test_faces_towards_the_sun_are_brighter() -> None:
    cube = box((0, 0, 0.5), (1, 1, 1), (100, 100, 100))
    view = ShapeView(0.0, 50.0, 0.0, 50.0)
    towards = replace(LIGHT, sun=(-1.0, 0.0, 0.0))
    away = replace(LIGHT, sun=(1.0, 0.0, 0.0))
    assert paint(cube, view, towards).pixels.max() == 255  # the coverage
    assert (
        paint(cube, view, towards).pixels[..., :3].max()
        > paint(cube, view, away).pixels[..., :3].max()
    )


def test_two_people_rarely_look_alike() -> None:
    looks = {
        (someone.top, someone.second, someone.legs, someone.bag, someone.hair_style)
        for someone in map(look, range(200))
    }
    assert len(looks) > 195
