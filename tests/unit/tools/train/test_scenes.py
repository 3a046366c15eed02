"""Scenes become data: pictures with boxes of their size, and people of two cameras."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tools.train.data.coco_data import read_coco
from tools.train.data.people import CROP_HEIGHT, CROP_WIDTH, cut_out, load_people
from tools.train.data.picture_store import PictureStore
from tools.train.data.scenes import SceneView, draw_scenes, views
from tools.train.settings import SceneSet

SHOP = SceneSet(seeds=1, first_seed=5, frames={"shop": 2}, cameras=(0,), width=320, height=180)


def test_every_camera_of_every_world_is_a_view() -> None:
    wanted = SceneSet(seeds=2, first_seed=5, frames={"street": 1, "shop": 1}, cameras=(0, 2))
    assert len(views(wanted)) == 8
    assert SceneView("shop", 6, 2) in views(wanted)


def test_other_pictures_of_a_view_lie_in_another_folder() -> None:
    (view,) = views(SHOP)
    others = [
        SceneSet(seeds=1, first_seed=5, frames={"shop": 3}, cameras=(0,), width=320, height=180),
        SceneSet(seeds=1, first_seed=5, frames={"shop": 2}, cameras=(0,)),
        SceneSet(seeds=1, first_seed=5, frames={"shop": 2}, width=320, height=180,
                 counts={"people": 2}),
    ]  # fmt: skip
    assert len({view.folder(wanted) for wanted in (SHOP, *others)}) == 4


def test_a_drawn_view_can_be_learnt_from(tmp_path: Path) -> None:
    (labels,) = draw_scenes(SHOP, tmp_path, processes=1)
    samples = read_coco(labels, {"person": ("person",)})
    assert len(samples) == 2
    assert sum(len(sample.boxes) for sample in samples) > 2
    store = PictureStore.fill(tmp_path / "all.raw", [sample.path for sample in samples], 160)
    assert len(store) == 2
    assert store[1].shape == (90, 160, 3)
    people = load_people(labels.parent / "people.npz")
    assert people.crops.shape[1:] == (CROP_HEIGHT, CROP_WIDTH, 3)
    assert len(people.crops) == len(people.identities) > 0


def test_what_is_drawn_is_not_drawn_again(tmp_path: Path) -> None:
    (labels,) = draw_scenes(SHOP, tmp_path, processes=1)
    before = labels.stat().st_mtime_ns
    assert draw_scenes(SHOP, tmp_path, processes=1) == [labels]
    assert labels.stat().st_mtime_ns == before


def test_the_store_keeps_small_pictures_as_they_are(tmp_path: Path) -> None:
    pixels = np.arange(40 * 30 * 3, dtype=np.uint8).reshape(30, 40, 3)
    cv2.imwrite(str(tmp_path / "a.png"), pixels)
    store = PictureStore.fill(tmp_path / "all.raw", [tmp_path / "a.png"], 640)
    np.testing.assert_array_equal(store[0], pixels)


def test_a_person_is_cut_out_with_some_of_the_surroundings() -> None:
    pixels = np.zeros((200, 200, 3), np.uint8)
    pixels[40:140, 50:100] = 255
    crop = cut_out(pixels, np.array([50.0, 40.0, 100.0, 140.0]))
    assert crop[0, 0, 0] == 0
    assert crop[CROP_HEIGHT // 2, CROP_WIDTH // 2, 0] == 255
    white = np.nonzero(crop[CROP_HEIGHT // 2, :, 0] > 127)[0]
    assert abs(white[0] - CROP_WIDTH * 0.1) <= 1
