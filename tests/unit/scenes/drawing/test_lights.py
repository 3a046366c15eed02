"""Lamps of traffic lights, and of vehicles at night."""

from __future__ import annotations

import math

import numpy as np
import pytest

from apps.scenes.drawing.camera import camera_at
from apps.scenes.drawing.glow import shine
from apps.scenes.drawing.lights import TrafficLights
from apps.scenes.places.street import street
from apps.scenes.shapes.looks import vehicle_look
from tests.unit.scenes.small import small_scene, vehicle

STREET = street(1)
LOOK = vehicle_look(np.random.default_rng(1))


@pytest.mark.parametrize("seconds", [3.0, 17.0, 22.0, 30.0])
def test_the_light_of_vehicles_is_green_in_their_phase_and_otherwise_red(seconds: float) -> None:
    camera = small_scene("street", camera=1).camera
    picture = np.zeros((180, 320, 3), np.uint8)
    TrafficLights(camera, STREET).draw(picture, seconds, (0, 0))
    blue, green, red = picture.reshape(-1, 3).max(axis=0)
    assert STREET.signal is not None
    assert (green > red) == (STREET.signal.phase(seconds) == 0)
    assert max(green, red) > blue > 0


def test_a_light_that_faces_away_is_not_drawn() -> None:
    camera = camera_at((20, -4.4, 3), (3.4, -4.4, 2.5), 0.4, 320, 180)
    picture = np.zeros((180, 320, 3), np.uint8)
    TrafficLights(camera, STREET).draw(picture, 3.0, (0, 0))
    assert picture[:, 100:220].max() == 0


@pytest.mark.parametrize(("heading", "white"), [(-math.pi / 2, True), (math.pi / 2, False)])
def test_a_vehicle_has_white_lamps_in_front_and_red_lamps_behind(
    heading: float, *, white: bool
) -> None:
    camera = camera_at((0, -15, 3), (0, 0, 0.5), 0.8, 320, 180)
    picture = np.zeros((180, 320, 3), np.uint8)
    shine(picture, camera, vehicle(1001, 0.0, 0.0, heading), LOOK, (0, 0))
    blue, _, red = picture.reshape(-1, 3).max(axis=0).astype(int)
    assert red > 80
    assert bool(blue > 80) == white


def test_a_lamp_at_the_edge_is_cut_off() -> None:
    camera = camera_at((0, -15, 3), (6.0, 0, 0.5), 0.8, 320, 180)
    picture = np.zeros((180, 320, 3), np.uint8)
    shine(picture, camera, vehicle(1001, 0.0, 0.0, -math.pi / 2), LOOK, (0, 0))
    assert picture.shape == (180, 320, 3)
