"""The files that a task needs, and their places at a mirror."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from apps.local.models.model_files import (
    ModelChoice,
    SampleVideo,
    choose,
    load_videos,
    model_files,
    video_file,
)
from apps.runtime.errors import DownloadError
from apps.vision.models.catalogue import MODELS, TaskModels, load_tasks
from apps.vision.models.manifest import ModelManifest, load_manifests

ROOT = Path(__file__).resolve().parents[3]


def specs(choices: list[ModelChoice]) -> list[str]:
    return [f"{choice.manifest.name}/{choice.precision}" for choice in choices]


def test_a_task_needs_its_best_candidate() -> None:
    assert specs(choose(["face"], [], [])) == ["face-detection-retail-0005/FP16-INT8"]


def test_a_precision_selects_the_candidate_of_a_task() -> None:
    assert specs(choose(["face"], [], ["FP32", "FP16"])) == [
        "face-detection-retail-0005/FP32",
        "face-detection-retail-0005/FP16",
    ]


def test_a_model_of_two_tasks_is_downloaded_once() -> None:
    assert specs(choose(["face", "face-int8"], [], [])) == ["face-detection-retail-0005/FP16-INT8"]


def test_a_task_of_two_models_needs_both() -> None:
    assert specs(choose(["people-reid"], [], [])) == [
        *specs(choose(["people"], [], [])),
        *specs(choose(["reid"], [], [])),
    ]


def test_a_model_is_downloaded_in_all_its_precisions() -> None:
    crossroad = "person-vehicle-bike-detection-crossroad-0078"
    assert specs(choose([], [crossroad], [])) == [f"{crossroad}/FP16-INT8", f"{crossroad}/FP16"]
    assert specs(choose([], [crossroad], ["FP16"])) == [f"{crossroad}/FP16"]


@pytest.mark.parametrize("task", sorted(load_tasks(MODELS / "tasks.yaml")))
def test_every_task_has_files_to_download(task: str) -> None:
    assert choose([task], [], [])


@pytest.mark.parametrize(
    ("tasks", "models", "precisions", "why"),
    [
        (["faces"], [], [], "Unknown task"),
        ([], ["yolo"], [], "Unknown model"),
        ([], ["yolox-nano"], ["FP16"], "Available precisions are FP32"),
        (["car-fp32"], [], ["FP32"], "No candidate has precision FP32"),
    ],
)
def test_an_unknown_task_model_or_precision_is_refused_with_the_reason(
    tasks: list[str], models: list[str], precisions: list[str], why: str
) -> None:
    with pytest.raises(DownloadError, match=why):
        choose(tasks, models, precisions)


def test_included_models_are_not_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = {"name": "ours", "family": "yolox", "licence": "Apache-2.0", "origin": "here"}
    manifest = msgspec.convert(
        {
            **shipped,
            "input": {"width": 64, "height": 64},
            "labels": {0: "person"},
            "precisions": {"FP16": [{"file": "ours.xml", "size": 1, "sha256": "aa"}]},
        },
        ModelManifest,
    )
    known = {"ours": manifest, **load_manifests(MODELS)}
    monkeypatch.setattr("apps.local.models.model_files.load_manifests", lambda _: known)
    task = TaskModels(candidates=("ours/FP16", "yolox-nano/FP32"))
    monkeypatch.setattr("apps.local.models.model_files.load_tasks", lambda _: {"people": task})
    assert specs(choose(["people"], [], [])) == ["yolox-nano/FP32"]
    assert model_files(ModelChoice(manifest, "FP16"), tmp_path, "") == []


def test_without_a_mirror_the_official_address_is_used(tmp_path: Path) -> None:
    (choice,) = choose([], ["yolox-nano"], [])
    (file,) = model_files(choice, tmp_path, "")
    entry = choice.manifest.precisions["FP32"][0]
    assert file.target == tmp_path / "yolox-nano" / "FP32" / "yolox_nano.onnx"
    assert file.addresses == (entry.url,)
    assert (file.size, file.sha256) == (entry.size, entry.sha256)


def test_a_mirror_is_tried_in_every_layout(tmp_path: Path) -> None:
    (choice,) = choose([], ["yolox-nano"], [])
    (file,) = model_files(choice, tmp_path, "http://mirror.example/")
    assert file.addresses[:4] == (
        "http://mirror.example/omz/yolox-nano/FP32/yolox_nano.onnx",
        "http://mirror.example/models/omz/yolox-nano/FP32/yolox_nano.onnx",
        "http://mirror.example/yolox-nano/FP32/yolox_nano.onnx",
        "http://mirror.example/models/yolox-nano/FP32/yolox_nano.onnx",
    )
    assert "http://mirror.example/generic/yolox_nano.onnx" in file.addresses


def test_sample_videos_name_a_commit() -> None:
    videos = load_videos(ROOT / "tools" / "sample-videos.yaml")
    assert any(video.sha256 for video in videos)
    for video in videos:
        assert "/57978890822836f2b4743852f04f62fc511757e4/" in video.url
        assert video.url.endswith(video.file)


def test_a_video_is_searched_for_at_the_mirror(tmp_path: Path) -> None:
    video = SampleVideo(file="a.mp4", url="https://videos.example/a.mp4", shows="a")
    assert video_file(video, tmp_path, "").addresses == ("https://videos.example/a.mp4",)
    mirrored = video_file(video, tmp_path, "/media/usb").addresses
    assert "/media/usb/videos/core/a.mp4" in mirrored
    assert "/media/usb/a.mp4" in mirrored


def test_an_invalid_list_of_videos_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "videos.yaml"
    path.write_text("- {file: a.mp4}", encoding="utf-8")
    with pytest.raises(DownloadError, match=r"videos\.yaml.*url"):
        load_videos(path)
