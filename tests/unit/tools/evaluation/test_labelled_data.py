"""A text names labelled data: a COCO file, a MOT sequence or several, or a scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from apps.runtime.errors import ElasticError
from apps.scenes.export import export
from apps.scenes.spec import SyntheticSpec
from apps.streams.source_spec import parse_source
from tools.evaluation.classes import load_classes
from tools.evaluation.labelled_data import Selection, open_data
from tools.evaluation.sample import Sample, Thing

SCENE = "synthetic:shop?size=320x240&seed=4&people=9"
FRAMES = 3
COCO = '{{"images": [{}], "annotations": [{}], "categories": []}}'


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cameras of one scene, one with pictures and one with a video."""
    root = tmp_path_factory.mktemp("scenes")
    for camera in (0, 1):
        spec = parse_source(f"{SCENE}&camera={camera}")
        assert isinstance(spec, SyntheticSpec)
        folder = root / f"shop-4-camera{camera}"
        export(spec, folder, frames=FRAMES, video=camera == 1, images=camera == 0)
    return root


def samples(text: str, every: int = 0, frames: int = 0, limit: int = 0) -> list[Sample]:
    wanted = Selection(every, frames, limit)
    return [s for piece in open_data(text, load_classes(), wanted) for s in piece]


def assert_alike(some: tuple[Thing, ...], others: tuple[Thing, ...]) -> None:
    """Files round to hundredths of a pixel."""
    assert [(one.label, one.counts) for one in some] == [(o.label, o.counts) for o in others]
    first, second = ([thing.box for thing in things] for things in (some, others))
    np.testing.assert_allclose(first, second, atol=1e-3)


def test_the_same_truth_comes_from_the_scene_and_from_both_kinds_of_files(exported: Path) -> None:
    drawn = samples(f"{SCENE}&camera=0", every=1, frames=FRAMES)
    sequence = samples(str(exported / "shop-4-camera0"), every=1)
    coco = samples(str(exported / "shop-4-camera0" / "instances.json"))
    assert len(drawn) == len(sequence) == len(coco) == FRAMES
    for one, two, three in zip(drawn, sequence, coco, strict=True):
        assert one.things
        assert_alike(one.things, two.things)
        assert_alike(one.things, three.things)
        assert [thing.identity for thing in one.things] == [thing.identity for thing in two.things]


def test_pictures_come_out_of_the_video_where_there_are_none(exported: Path) -> None:
    found = samples(str(exported / "shop-4-camera1"), every=2)
    assert [sample.name for sample in found] == ["shop-4-camera1 1", "shop-4-camera1 3"]
    assert found[0].data.startswith(b"\xff\xd8")
    assert (found[0].width, found[0].height) == (320, 240)


def test_a_folder_of_sequences_is_all_of_them_in_one_world(exported: Path) -> None:
    pieces = list(open_data(str(exported), load_classes(), Selection(every=1, frames=1)))
    assert [piece.name for piece in pieces] == ["shop-4-camera0", "shop-4-camera1"]
    assert len({piece.world for piece in pieces}) == 1
    assert [len(list(piece)) for piece in pieces] == [1, 1]


def test_cameras_of_one_scene_are_one_world_and_other_seeds_are_not() -> None:
    worlds = [
        piece.world
        for text in (f"{SCENE}&camera=0", f"{SCENE}&camera=1", "synthetic:shop?seed=5")
        for piece in open_data(text, load_classes(), Selection())
    ]
    assert worlds[0] == worlds[1] != worlds[2]


def test_a_file_can_be_looked_at_in_part(exported: Path) -> None:
    assert len(samples(str(exported / "shop-4-camera0" / "instances.json"), limit=2)) == 2


def broken(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("instances.json", "{}", "Not a COCO file"),
        (
            "instances.json",
            COCO.format('{"id": 1, "file_name": "a", "width": 2, "height": 2}', ""),
            "--pictures",
        ),
        (
            "instances.json",
            COCO.format("", '{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1]}'),
            "which are not both in the file",
        ),
        ("gt/gt.txt", "1,2,3", "line 1: 3 values"),
        ("gt/gt.txt", "1,2,3,a,b,c,d", "Not a MOT file"),
        ("gt/gt.txt", "", "Neither pictures in img1/ nor a video.mp4"),
    ],
)
def test_files_that_are_wrong_are_named(tmp_path: Path, name: str, text: str, why: str) -> None:
    path = broken(tmp_path, name, text)
    with pytest.raises(ElasticError, match=why):
        samples(path if name.endswith(".json") else str(tmp_path))


@pytest.mark.parametrize("text", ["nowhere", "synthetic:pattern", "synthetic:moon"])
def test_what_is_no_labelled_data_is_said(text: str) -> None:
    with pytest.raises(ElasticError, match=r"[Ll]abelled data|ground truth|scene"):
        samples(text)
