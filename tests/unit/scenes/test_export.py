"""Scenes as files: video, MOTChallenge, COCO and ground truth."""

from __future__ import annotations

import configparser
from pathlib import Path

import av
import msgspec
import pytest

from apps.runtime.errors import SourceError
from apps.scenes.catalogue import open_scene
from apps.scenes.export import VideoWriter, export, main
from apps.scenes.spec import SyntheticSpec
from apps.scenes.truth.coco import CocoFile, coco_file
from apps.scenes.truth.ground_truth import CameraTruth, GroundTruth, SubjectTruth
from apps.scenes.truth.mot import mot_lines
from apps.scenes.world.mover import Label
from apps.vision.image import decode

SPEC = SyntheticSpec("street", 320, 180, 10.0, 3, (("people", "4"), ("camera", "1")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("scenes") / "street"
    export(SPEC, made, frames=12, images=True)
    return made


def truths(folder: Path) -> list[GroundTruth]:
    lines = (folder / "truth.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=GroundTruth) for line in lines]


def subject(**changes: object) -> SubjectTruth:
    plain = SubjectTruth(
        identity=7,
        label=Label.PERSON,
        box=(0.1, 0.2, 0.3, 0.6),
        visibility=0.5,
        position=(1.0, 2.0),
        heading=0.0,
        speed=1.0,
        distance=10.0,
        height=1.7,
    )
    return msgspec.structs.replace(plain, **changes)


def truth(*subjects: SubjectTruth) -> GroundTruth:
    return GroundTruth(
        scene="street", camera=0, frame=4, seconds=0.4, width=100, height=50, shake=(0, 0),
        subjects=subjects,
    )  # fmt: skip


def test_each_picture_has_one_line_of_ground_truth(folder: Path) -> None:
    scene = open_scene(SPEC)
    assert truths(folder) == [scene.truth(number) for number in range(12)]


def test_the_video_has_every_picture_at_the_frame_rate_of_the_scene(folder: Path) -> None:
    with av.open(str(folder / "video.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 10
        assert (stream.width, stream.height) == (320, 180)
        assert sum(1 for _ in container.decode(stream)) == 12


def test_every_picture_is_written_as_a_jpeg(folder: Path) -> None:
    names = sorted(path.name for path in (folder / "img1").iterdir())
    assert names == [f"{number:06d}.jpg" for number in range(1, 13)]
    assert decode((folder / "img1" / names[0]).read_bytes()).pixels.shape == (180, 320, 3)


def test_the_geometry_of_the_camera_is_written(folder: Path) -> None:
    told = msgspec.json.decode((folder / "camera.json").read_bytes(), type=CameraTruth)
    assert told == open_scene(SPEC).geometry
    assert told.camera == 1


def test_the_sequence_file_describes_the_sequence(folder: Path) -> None:
    parser = configparser.ConfigParser()
    parser.read(folder / "seqinfo.ini")
    told = dict(parser["Sequence"])
    assert (told["seqlength"], told["framerate"], told["imwidth"]) == ("12", "10", "320")


def test_every_subject_has_a_motchallenge_line(folder: Path) -> None:
    lines = (folder / "gt" / "gt.txt").read_text().splitlines()
    assert len(lines) == sum(len(truth.subjects) for truth in truths(folder))
    assert all(len(line.split(",")) == 9 for line in lines)


def test_a_motchallenge_line_counts_from_one_and_is_in_pixels() -> None:
    assert list(mot_lines(truth(subject()))) == ["5,7,11.00,11.00,20.00,20.00,1,1,0.500\n"]


@pytest.mark.parametrize(
    ("changes", "flag", "number"),
    [
        ({"label": Label.VEHICLE}, "1", "3"),
        ({"label": Label.BIKE}, "1", "4"),
        ({"label": Label.CONE}, "1", "13"),
        ({"riding": True}, "0", "2"),
        ({"visibility": 0.05}, "0", "1"),
    ],
)
def test_riders_and_hidden_things_are_flagged_for_trackers(
    changes: dict[str, object], flag: str, number: str
) -> None:
    fields = next(mot_lines(truth(subject(**changes)))).split(",")
    assert fields[6:8] == [flag, number]


def test_the_coco_file_contains_every_picture_and_box(folder: Path) -> None:
    told = msgspec.json.decode((folder / "instances.json").read_bytes(), type=CocoFile)
    assert [image.file_name for image in told.images][:2] == ["img1/000001.jpg", "img1/000002.jpg"]
    assert len(told.annotations) == sum(len(truth.subjects) for truth in truths(folder))
    assert len({annotation.id for annotation in told.annotations}) == len(told.annotations)
    named = [(category.id, category.name) for category in told.categories]
    assert named == [(1, "person"), (2, "vehicle"), (3, "bike"), (4, "cone")]


def test_coco_boxes_are_in_pixels_and_riders_are_ignored() -> None:
    told = coco_file([truth(subject(), subject(riding=True))])
    assert told.annotations[0].bbox == (10.0, 10.0, 20.0, 20.0)
    assert [annotation.iscrowd for annotation in told.annotations] == [0, 1]
    assert {annotation.image_id for annotation in told.annotations} == {5}


def test_cones_are_a_separate_class_for_detectors() -> None:
    told = coco_file([truth(subject(identity=4001, label=Label.CONE))])
    assert told.annotations[0].category_id == 4
    assert not told.annotations[0].iscrowd


def test_the_command_creates_a_folder_for_each_scene(tmp_path: Path) -> None:
    sources = ["empty", "synthetic:shop?size=160x120&seed=4&camera=2&people=2"]
    arguments = ["--out", str(tmp_path), "--frames", "2", "--no-video"]
    assert main([*sources, *arguments]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty-0-camera0", "shop-4-camera2"]
    assert not (tmp_path / "empty-0-camera0" / "video.mp4").exists()


@pytest.mark.parametrize("source", ["nowhere", "camera:0", "synthetic:street?camera=9", "pattern"])
def test_the_command_reports_an_unknown_scene_or_option(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([source, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("make-scene: ")


def test_a_video_with_an_odd_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="use an even width"):
        VideoWriter(tmp_path / "video.mp4", 321, 180, 15.0)
