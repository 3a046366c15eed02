"""Pictures match their ground truth, and are the same on every machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.scenes.arrays import Bools, Bytes
from apps.scenes.catalogue import PLANS
from apps.scenes.drawing.compositing import Rect, render
from apps.scenes.scene import Scene
from apps.scenes.truth.ground_truth import GroundTruth, SubjectTruth
from apps.scenes.world.mover import Label
from apps.scenes.world.place import Prop
from tests.unit.scenes.small import cone, person, small_scene, still_scene, vehicle


def of(truth: GroundTruth, identity: int) -> SubjectTruth:
    return next(subject for subject in truth.subjects if subject.identity == identity)


ROOT = Path(__file__).resolve().parents[3]
#: Where the empty picture shows the lawn and not the sky.
LAWN_THERE = still_scene([]).draw(0, 0.0)[..., 2] < 120


def drawn(pixels: Bytes) -> Bools:
    """Pixels that do not have the green of the lawn, lit or in shadow."""
    blue, green, red = (pixels[..., channel].astype(int) for channel in range(3))
    return np.asarray(green < 2.6 * np.maximum(blue, red)) & LAWN_THERE


def covered(scene: Scene) -> list[Bools]:
    """The pixels that each thing would cover if it were alone, the farthest first."""
    masks = []
    for actor in scene._actors(0.0, (0, 0)):
        _, rest = render(actor.placement, Rect(0, 0, 640, 360))
        masks.append(rest[..., 0] < 128)
    return masks


HASHES = """
import hashlib
from tests.unit.scenes.small import small_scene
scene = small_scene("street")
print(*(hashlib.sha256(scene.frame(n)[0].tobytes()).hexdigest() for n in (0, 9, 40)))
"""


def test_the_same_seed_gives_the_same_bytes_in_another_process_and_order() -> None:
    answers = []
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        answers.append(
            subprocess.run(
                [sys.executable, "-c", HASHES],
                check=True, capture_output=True, text=True, cwd=ROOT, env=environment,
            ).stdout.split()
        )  # fmt: skip
    scene = small_scene("street")
    here = {n: hashlib.sha256(scene.frame(n)[0].tobytes()).hexdigest() for n in (40, 0, 9)}
    assert answers == [[here[0], here[9], here[40]]] * 2


@pytest.mark.parametrize("name", PLANS)
def test_every_scene_gives_pictures_and_truth_of_the_requested_size(name: str) -> None:
    pixels, truth = small_scene(name, people=3).frame(4)
    assert pixels.shape == (180, 320, 3)
    assert pixels.dtype == np.uint8
    assert (truth.width, truth.height, truth.frame) == (320, 180, 4)
    assert truth.seconds == pytest.approx(4 / 15)


def test_another_seed_gives_another_picture() -> None:
    first, second = small_scene("street", seed=1), small_scene("street", seed=2)
    assert not np.array_equal(first.frame(0)[0], second.frame(0)[0])


def test_a_picture_does_not_change_after_it_was_returned() -> None:
    scene = small_scene("street")
    first = scene.draw(0, 0.0)
    kept = first.copy()
    scene.draw(1, 0.1)
    assert np.array_equal(first, kept)


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 4), st.floats(-3, 3), st.floats(-5, 6), st.floats(-3, 3))
def test_a_box_fits_the_drawn_pixels_closely(
    identity: int, x: float, y: float, heading: float
) -> None:
    pixels, truth = still_scene([person(identity, x, y, heading)]).frame(0)
    changed = drawn(pixels)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    x_min, y_min, x_max, y_max = of(truth, identity).box
    left, top, right, bottom = x_min * 640, y_min * 360, x_max * 640, y_max * 360
    assert columns[0] >= left - 2.2
    assert columns[-1] + 1 <= right + 2.2
    assert rows[0] >= top - 2.2
    assert rows[-1] + 1 <= bottom + 2.2
    assert changed[round(top) : round(bottom), round(left) : round(right)].mean() > 0.12


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 4), st.floats(-3, 3), st.floats(-5, 8))
def test_a_box_matches_the_projected_feet_and_head(identity: int, x: float, y: float) -> None:
    scene = still_scene([person(identity, x, y)])
    subject = of(scene.truth(0), identity)
    ends = np.array([(x, y, 0.0), (x, y, subject.height)])
    (foot, head), _ = scene.camera.project(ends)
    tall = foot[1] - head[1]
    x_min, y_min, x_max, y_max = subject.box
    assert y_max * 360 == pytest.approx(foot[1], abs=0.08 * tall + 1.5)
    assert y_min * 360 == pytest.approx(head[1], abs=0.07 * tall + 1.5)
    assert x_min * 640 < foot[0] < x_max * 640


@settings(deadline=None, max_examples=15)
@given(st.floats(-1.2, 1.2), st.sampled_from([1, 2, 3, 4]))
def test_visibility_is_the_share_that_is_not_hidden(offset: float, front: int) -> None:
    back = 1 if front != 1 else 2
    scene = still_scene([person(back, 0.0, 1.0), person(front, offset, -2.0)])
    whole, hides = covered(scene)
    truth = scene.truth(0)
    assert of(truth, front).visibility > 0.97
    expected = 1 - (whole & hides).sum() / whole.sum()
    assert of(truth, back).visibility == pytest.approx(expected, abs=0.1)


def test_a_person_alone_is_fully_visible() -> None:
    for y in (-4.0, 0.0, 9.0):
        assert of(still_scene([person(1, 0.0, y)]).truth(0), 1).visibility > 0.98


def test_a_person_at_the_edge_is_partly_visible() -> None:
    scene = still_scene([person(1, 0.0, -8.2)])
    subject = of(scene.truth(0), 1)
    assert subject.box[3] == 1.0
    assert 0.2 < subject.visibility < 0.9


def test_props_in_front_hide_people_and_props_behind_do_not() -> None:
    stall = Prop("counter", 0.0, -1.0, turn=1.571)
    behind = still_scene([person(1, 0.0, 1.0)], props=(stall,)).truth(0)
    before = still_scene([person(1, 0.0, -3.0)], props=(stall,)).truth(0)
    assert of(behind, 1).visibility < 0.8
    assert of(before, 1).visibility > 0.97


def test_a_near_person_is_drawn_over_a_far_one() -> None:
    near = still_scene([person(2, 0.0, -2.0)]).draw(0, 0.0)
    both = still_scene([person(1, 0.0, 1.0), person(2, 0.0, -2.0)]).draw(0, 0.0)
    shown = drawn(near)
    assert (np.abs(both.astype(int) - near)[shown].max(axis=1) < 40).mean() > 0.93


def test_a_prop_in_front_of_a_person_is_drawn_over_the_person() -> None:
    stall = Prop("counter", 0.0, -1.0, turn=1.571)
    empty = still_scene([], props=(stall,)).draw(0, 0.0)
    full = still_scene([person(1, 0.0, 1.0)], props=(stall,)).draw(0, 0.0)
    alone = still_scene([person(1, 0.0, 1.0)]).draw(0, 0.0)
    hidden = drawn(alone) & drawn(empty)
    assert hidden.sum() > 100
    assert (np.abs(full.astype(int) - empty)[hidden].max(axis=1) < 25).mean() > 0.9


@pytest.mark.parametrize("identity", [4001, 4002, 4003])
def test_a_cone_is_drawn_in_its_box_with_its_height(identity: int) -> None:
    scene = still_scene([cone(identity, 0.5, -2.0)])
    pixels, truth = scene.frame(0)
    subject = of(truth, identity)
    assert (subject.label, subject.riding, subject.speed) == (Label.CONE, False, 0.0)
    assert subject.visibility > 0.97
    height = scene._world.cones[identity].height
    assert subject.height == pytest.approx(height, abs=1e-3)
    x_min, y_min, x_max, y_max = subject.box
    tall = scene.camera.focal / 10.1 * height
    assert (y_max - y_min) * 360 == pytest.approx(tall, rel=0.3)
    changed = drawn(pixels)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    edges = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert edges == pytest.approx((x_min * 640, y_min * 360, x_max * 640, y_max * 360), abs=2.2)


def test_a_cone_behind_a_person_is_hidden() -> None:
    scene = still_scene([cone(4001, 0.0, 0.0), person(1, 0.0, -3.0)])
    assert of(scene.truth(0), 4001).visibility < 0.5


def test_a_vehicle_is_drawn_with_its_size() -> None:
    scene = still_scene([vehicle(1001, 0.0, 2.0)])
    subject = of(scene.truth(0), 1001)
    assert subject.label is Label.VEHICLE
    assert subject.visibility > 0.97
    length = scene._world.vehicles[1001].length
    width = (subject.box[2] - subject.box[0]) * 640
    per_metre = scene.camera.focal / 14.2
    assert width == pytest.approx(length * per_metre, rel=0.12)


def test_a_cyclist_is_part_of_the_bike_and_also_a_person() -> None:
    scene = small_scene("crossing", people=0)
    for number in range(0, 300, 15):
        bikes = [s for s in scene.truth(number).subjects if s.label is Label.BIKE]
        for bike in bikes:
            rider = of(scene.truth(number), bike.identity + 1000)
            assert rider.riding
            assert rider.label is Label.PERSON
            assert rider.position == bike.position
            assert rider.box[1] <= bike.box[1] + 0.02
            assert rider.box[3] <= bike.box[3] + 0.02
        if bikes:
            return
    pytest.fail("no bicycle came by")


def test_all_cameras_of_a_world_show_the_same_positions() -> None:
    scenes = [small_scene("street", camera=camera) for camera in (0, 1, 2)]
    common = 0
    for number in (0, 60, 120):
        truths = [scene.truth(number) for scene in scenes]
        places = [{s.identity: s.position for s in truth.subjects} for truth in truths]
        for first, second in ((0, 1), (0, 2), (1, 2)):
            for identity in places[first].keys() & places[second].keys():
                assert places[first][identity] == places[second][identity]
                common += 1
    assert common > 3


def test_the_ground_points_of_feet_agree_between_cameras() -> None:
    checked = 0
    for camera in (0, 1, 2):
        scene = small_scene("street", camera=camera)
        for number in (0, 45, 90, 135):
            truth = scene.truth(number)
            for subject in truth.subjects:
                near = subject.distance < 18 and subject.label is Label.PERSON
                if not near or subject.riding or subject.visibility < 0.9:
                    continue
                x_min, _, x_max, y_max = subject.box
                foot = [(x_min + x_max) / 2 * 320 - truth.shake[0], y_max * 180 - truth.shake[1]]
                place = scene.camera.ground(np.array([foot]))[0]
                assert place == pytest.approx(subject.position, abs=1.2)
                checked += 1
    assert checked > 3


def test_truth_without_drawing_equals_the_truth_of_the_picture() -> None:
    scene = small_scene("street")
    assert scene.truth(33) == scene.frame(33)[1]


def test_shake_moves_the_picture_and_the_boxes_together() -> None:
    scene = still_scene([person(1, 0.0, 0.0)], shake=3.0)
    truths = [scene.truth(number) for number in range(0, 300, 5)]
    shakes = {truth.shake for truth in truths}
    assert len(shakes) > 1
    assert all(max(map(abs, shake)) <= 8 for shake in shakes)
    still = next(truth for truth in truths if truth.shake == (0, 0))
    for truth in truths:
        moved = truth.shake[0] / 640
        assert of(truth, 1).box[0] == pytest.approx(of(still, 1).box[0] + moved, abs=1e-4)


def test_the_geometry_of_the_camera_is_given_as_data() -> None:
    scene = small_scene("street", camera=1)
    geometry = scene.geometry
    assert geometry.camera == 1
    assert (geometry.width, geometry.height) == (320, 180)
    assert np.array(geometry.ground_to_picture) == pytest.approx(scene.camera.ground_to_picture)
