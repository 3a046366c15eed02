"""Labels in the form of COCO become boxes in 0..1, and what cannot be asked for is ignored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.train.data.coco_data import read_coco

CLASSES = {"person": ("person",), "vehicle": ("car", "bus")}


def written(folder: Path, annotations: list[dict[str, Any]]) -> Path:
    content = {
        "images": [
            {"id": 7, "file_name": "street.jpg", "width": 200, "height": 100},
            {"id": 8, "file_name": "empty.jpg", "width": 200, "height": 100},
        ],
        "categories": [
            {"id": 1, "name": "person"},
            {"id": 3, "name": "car"},
            {"id": 6, "name": "bus"},
            {"id": 44, "name": "bottle"},
        ],
        "annotations": [{"id": n, "image_id": 7, **a} for n, a in enumerate(annotations)],
    }
    path = folder / "instances.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_box_is_read_in_shares_of_its_picture(tmp_path: Path) -> None:
    path = written(tmp_path, [{"category_id": 6, "bbox": [20, 10, 40, 50]}])
    sample, empty = read_coco(path, CLASSES)
    np.testing.assert_allclose(sample.boxes, [[0.1, 0.1, 0.3, 0.6]])
    assert sample.classes.tolist() == [1]
    assert sample.ignored.tolist() == [False]
    assert sample.path == tmp_path / "street.jpg"
    assert empty.boxes.shape == (0, 4)


def test_categories_of_no_class_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, [{"category_id": 44, "bbox": [0, 0, 9, 9]}])
    assert len(read_coco(path, CLASSES)[0].boxes) == 0


@pytest.mark.parametrize(
    ("extra", "ignored"),
    [
        ({"iscrowd": 1}, True),
        ({"visibility": 0.1}, True),
        ({"visibility": 0.5}, False),
        ({}, False),
    ],
)
def test_crowds_and_what_is_hidden_are_ignored(
    tmp_path: Path, extra: dict[str, float], ignored: bool
) -> None:
    path = written(tmp_path, [{"category_id": 1, "bbox": [0, 0, 9, 9], **extra}])
    sample = read_coco(path, CLASSES, least_visible=0.2)[0]
    assert sample.ignored.tolist() == [ignored]


def test_a_category_can_be_ignored(tmp_path: Path) -> None:
    boxes = [{"category_id": number, "bbox": [0, 0, 9, 9]} for number in (3, 6)]
    sample = read_coco(written(tmp_path, boxes), CLASSES, ignore=["bus"])[0]
    assert sample.ignored.tolist() == [False, True]


def test_only_the_pictures_asked_for_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, [])
    assert [s.path.name for s in read_coco(path, CLASSES, ids=[8])] == ["empty.jpg"]


def test_pictures_may_lie_elsewhere(tmp_path: Path) -> None:
    path = written(tmp_path, [])
    samples = read_coco(path, CLASSES, images=tmp_path / "jpg")
    assert samples[0].path == tmp_path / "jpg" / "street.jpg"


def test_a_file_without_any_wanted_category_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, [])
    with pytest.raises(ValueError, match=r"bottle, bus, car, person; none belongs to cone"):
        read_coco(path, {"cone": ("traffic cone",)})
