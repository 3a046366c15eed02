"""What a local run will do is decided, and refused, before anything is started."""

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
    """A checkout in which nothing was downloaded: manifests, tasks, and what ships."""
    for path in [*MODELS.glob("**/*.yaml"), *MODELS.glob("ei-*/**/*.*")]:
        copy = tmp_path / path.relative_to(MODELS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(catalogue, "MODELS", tmp_path)
    monkeypatch.setattr(planning, "MODELS", tmp_path)
    return tmp_path


def test_without_a_source_a_sample_is_played_and_said() -> None:
    said: list[str] = []
    plan = make_plan(LocalRun(model=STUB), said=said)
    assert [stream.source for stream in plan.streams] == [SAMPLE]
    assert plan.tasks == ("people",)
    assert said == [f"no source was named, so a sample is played: {SAMPLE}"]


def test_the_sample_is_seen_by_the_model_that_ships_whatever_was_downloaded() -> None:
    plan = make_plan(LocalRun())
    assert plan.tasks == ("object",)
    assert plan.worker_arguments["object"] == ["--model", "ei-street-detector"]


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("task", ["people", "car", "object"])
def test_what_ships_serves_a_source_at_once_and_the_better_one_is_named(task: str) -> None:
    said: list[str] = []
    plan = make_plan(LocalRun(sources=("camera:0",), tasks=(task,), mirror=NOWHERE), said=said)
    assert plan.worker_arguments[task] == []
    (told,) = said
    assert f"`tools/download-models.sh --task {task}` brings a better model" in told


def test_once_a_better_model_is_here_it_serves_and_nothing_is_said(bare: Path) -> None:
    (bare / "yolox-nano" / "FP32").mkdir()
    (bare / "yolox-nano" / "FP32" / "yolox_nano.onnx").touch()
    said: list[str] = []
    make_plan(LocalRun(sources=("camera:0",), tasks=("object",)), said=said)
    assert said == []


def test_every_stream_feeds_every_task_of_the_command_line_and_two_of_a_name_are_told_apart() -> (
    None
):
    run = LocalRun(sources=("camera:0", "camera:0"), tasks=("face", "people"), model=STUB)
    plan = make_plan(run)
    assert [stream.name for stream in plan.streams] == ["camera-0", "camera-0-2"]
    assert {stream.tasks for stream in plan.streams} == {("face", "people")}


def test_a_file_of_streams_says_name_tasks_and_rate_of_each(tmp_path: Path) -> None:
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


def test_a_file_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clip.mp4").touch()
    monkeypatch.chdir(tmp_path)
    (stream,) = make_plan(LocalRun(sources=("clip.mp4",), model=STUB)).streams
    assert stream.source == str(tmp_path / "clip.mp4")


@pytest.mark.parametrize("source", ["clip.mp4", "pictures/"])
def test_a_file_or_folder_that_is_not_there_is_refused(source: str) -> None:
    with pytest.raises(SourceError, match="there is no such file or folder"):
        make_plan(LocalRun(sources=(source,), model=STUB))


def test_an_unknown_task_is_refused_with_the_known_ones_even_if_it_sounds_like_one() -> None:
    with pytest.raises(SettingsError, match=r"^faces: no such task; there are car, .*face, "):
        make_plan(LocalRun(tasks=("faces",)))


@pytest.mark.usefixtures("bare")
def test_without_a_model_the_best_engine_that_needs_none_is_used_and_said() -> None:
    said: list[str] = []
    plan = make_plan(LocalRun(tasks=("face",), mirror=NOWHERE), said=said)
    assert plan.worker_arguments["face"][-2:] == ["--model", "haar-frontal-face"]
    assert "face: fetching face-detection-retail-0005 FP16-INT8, 1." in said[1]
    assert "Until then haar-frontal-face is used, which needs no download" in said[2]


def test_a_task_that_no_such_engine_can_serve_is_refused() -> None:
    with pytest.raises(ModelError, match="car-int8: no model is here and none could be fetched"):
        make_plan(LocalRun(tasks=("car-int8",), mirror=NOWHERE))


def test_the_range_of_workers_is_the_manifests_cut_to_what_is_allowed_in_all() -> None:
    run = LocalRun(tasks=("face", "people"), model=STUB, max_workers=5)
    plan = make_plan(run)
    assert plan.most == 5
    assert (plan.policy.min_replicas, plan.policy.max_replicas) == (1, 4)


def test_fewer_workers_than_tasks_are_refused() -> None:
    with pytest.raises(SettingsError, match="raise --max-workers"):
        make_plan(LocalRun(tasks=("face", "people"), model=STUB, max_workers=1))
