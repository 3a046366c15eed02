"""The plan of a local run is made, or refused, before any process starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.local import plan as planning
from apps.local.arguments import LocalRun
from apps.local.plan import SAMPLE, LocalPlan
from apps.runtime.errors import ModelError, SettingsError, SourceError
from apps.vision.models import catalogue
from apps.vision.models.catalogue import MODELS

STUB = "stub:slots=1,ms=5"
NOWHERE = "/nonexistent/mirror"


def make_plan(run: LocalRun, *, said: list[str] | None = None) -> LocalPlan:
    heard: list[str] = [] if said is None else said
    return planning.make_plan(run, heard.append)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without downloads: manifests, tasks and the included models."""
    for path in [*MODELS.glob("**/*.yaml"), *MODELS.glob("ei-*/**/*.*")]:
        copy = tmp_path / path.relative_to(MODELS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(catalogue, "MODELS", tmp_path)
    monkeypatch.setattr(planning, "MODELS", tmp_path)
    return tmp_path


def test_without_a_source_a_sample_is_played_and_announced() -> None:
    said: list[str] = []
    plan = make_plan(LocalRun(model=STUB), said=said)
    assert [stream.source for stream in plan.streams] == [SAMPLE]
    assert plan.tasks == ("people",)
    assert said == [f"No source given; playing the sample {SAMPLE}"]


def test_the_sample_uses_the_included_model_even_after_downloads() -> None:
    plan = make_plan(LocalRun())
    assert plan.tasks == ("object",)
    assert plan.worker_arguments["object"] == ["--model", "ei-street-detector"]


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("task", ["people", "car", "object"])
def test_the_included_model_serves_at_once_and_a_better_one_is_recommended(task: str) -> None:
    said: list[str] = []
    plan = make_plan(LocalRun(sources=("camera:0",), tasks=(task,), mirror=NOWHERE), said=said)
    assert plan.worker_arguments[task] == []
    (told,) = said
    assert "download a better one" in told
    assert f"`tools/download-models.sh --task {task}`" in told


def test_a_downloaded_better_model_serves_without_a_message(bare: Path) -> None:
    (bare / "yolox-nano" / "FP32").mkdir()
    (bare / "yolox-nano" / "FP32" / "yolox_nano.onnx").touch()
    said: list[str] = []
    make_plan(LocalRun(sources=("camera:0",), tasks=("object",)), said=said)
    assert said == []


def test_every_stream_feeds_every_task_and_equal_names_are_numbered() -> None:
    run = LocalRun(sources=("camera:0", "camera:0"), tasks=("face", "people"), model=STUB)
    plan = make_plan(run)
    assert [stream.name for stream in plan.streams] == ["camera-0", "camera-0-2"]
    assert {stream.tasks for stream in plan.streams} == {("face", "people")}


def test_the_streams_file_sets_name_tasks_and_rate_of_each_stream(tmp_path: Path) -> None:
    config = tmp_path / "streams.yaml"
    config.write_text(
        "streams:\n"
        "  - {source: 'synthetic:pattern', name: gate, tasks: [car], fps: 5}\n"
        "  - {source: 'rtsp://user:pw@10.0.0.5/live'}\n"
    )
    plan = make_plan(LocalRun(config=config, tasks=("face",), model=STUB))
    gate, camera = plan.streams
    assert (gate.name, gate.tasks, gate.fps) == ("gate", ("car",), 5)
    assert (camera.name, camera.tasks, camera.fps) == ("10.0.0.5-live", ("face",), None)
    assert plan.tasks == ("face", "car")


def test_the_path_of_a_source_file_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clip.mp4").touch()
    monkeypatch.chdir(tmp_path)
    (stream,) = make_plan(LocalRun(sources=("clip.mp4",), model=STUB)).streams
    assert stream.source == str(tmp_path / "clip.mp4")


@pytest.mark.parametrize("source", ["clip.mp4", "pictures/"])
def test_a_missing_file_or_folder_is_refused(source: str) -> None:
    with pytest.raises(SourceError, match="File or folder not found"):
        make_plan(LocalRun(sources=(source,), model=STUB))


def test_an_unknown_task_is_refused_with_the_list_of_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"^faces: Unknown task; known tasks are car, .*face, "):
        make_plan(LocalRun(tasks=("faces",)))


@pytest.mark.usefixtures("bare")
def test_without_a_model_the_built_in_engine_is_used_and_announced() -> None:
    said: list[str] = []
    plan = make_plan(LocalRun(tasks=("face",), mirror=NOWHERE), said=said)
    assert plan.worker_arguments["face"][-2:] == ["--model", "haar-frontal-face"]
    assert "face: Downloading face-detection-retail-0005 FP16-INT8, 1." in said[1]
    assert "Using haar-frontal-face, which needs no download" in said[2]


def test_a_task_without_model_and_built_in_engine_is_refused() -> None:
    with pytest.raises(ModelError, match="car-int8: No model is available and the download failed"):
        make_plan(LocalRun(tasks=("car-int8",), mirror=NOWHERE))


def test_the_range_of_workers_is_that_of_the_manifest_within_the_total_limit() -> None:
    run = LocalRun(tasks=("face", "people"), model=STUB, max_workers=5)
    plan = make_plan(run)
    assert plan.most == 5
    assert (plan.policy.min_replicas, plan.policy.max_replicas) == (1, 4)


def test_fewer_workers_than_tasks_are_refused() -> None:
    with pytest.raises(SettingsError, match="raise --max-workers"):
        make_plan(LocalRun(tasks=("face", "people"), model=STUB, max_workers=1))
