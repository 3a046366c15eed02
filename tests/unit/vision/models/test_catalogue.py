"""The model of a task is its first candidate whose files exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.runtime.errors import ModelError
from apps.vision.models import catalogue
from apps.vision.models.catalogue import (
    MODELS,
    DetectorWithEmbedder,
    StoredModel,
    better,
    fallback,
    load_tasks,
    resolve,
)
from apps.vision.models.haar import CASCADES, HaarCascade
from apps.vision.models.manifest import load_manifests
from apps.vision.models.stub import StubSpec

TASKS = load_tasks(MODELS / "tasks.yaml")
MANIFESTS = load_manifests(MODELS)


@pytest.fixture
def no_downloads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A models folder with manifests and tasks but without model files."""
    bare = tmp_path / "bare"
    for path in MODELS.glob("**/*.yaml"):
        copy = bare / path.relative_to(MODELS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(catalogue, "MODELS", bare)
    return bare


def put(folder: Path, *candidates: str) -> list[Path]:
    """Create empty model files in the layout of a download."""
    for candidate in candidates:
        name, precision = candidate.split("/")
        for entry in MANIFESTS[name].precisions[precision]:
            path = folder / name / precision / entry.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
    return [folder]


def stored(task: str, directories: list[Path], model: str = "") -> StoredModel:
    found = resolve(task, directories, model=model)
    assert isinstance(found, StoredModel)
    return found


INT8, FP32 = "face-detection-retail-0005/FP16-INT8", "face-detection-retail-0005/FP32"


@pytest.mark.usefixtures("no_downloads")
def test_a_task_prefers_int8(tmp_path: Path) -> None:
    assert stored("face", put(tmp_path / "one", FP32)).precision == "FP32"
    assert stored("face", put(tmp_path / "both", FP32, INT8)).precision == "FP16-INT8"


@pytest.mark.usefixtures("no_downloads")
def test_a_variant_of_a_task_uses_only_its_precision(tmp_path: Path) -> None:
    both = put(tmp_path, FP32, INT8)
    assert stored("face-int8", both).precision == "FP16-INT8"
    assert stored("face-fp32", both).precision == "FP32"
    with pytest.raises(ModelError, match="face-fp32"):
        resolve("face-fp32", put(tmp_path / "other", INT8))


@pytest.mark.usefixtures("no_downloads")
def test_an_fp32_variant_computes_in_f32(tmp_path: Path) -> None:
    crossroad = "person-vehicle-bike-detection-crossroad-0078"
    folder = put(tmp_path, f"{crossroad}/FP16", FP32)
    assert stored("face-fp32", folder).run_precision == "f32"
    car = stored("car-fp32", folder)
    assert (car.manifest.name, car.precision, car.run_precision) == (crossroad, "FP16", "f32")


@pytest.mark.usefixtures("no_downloads")
def test_a_task_keeps_only_its_classes(tmp_path: Path) -> None:
    folder = put(tmp_path, "person-vehicle-bike-detection-2000/FP16-INT8")
    assert stored("people", folder).keep == ("person",)
    assert "vehicle" in stored("car", folder).keep


@pytest.mark.usefixtures("no_downloads")
def test_the_face_task_needs_no_download() -> None:
    assert resolve("face", []) == CASCADES["haar-frontal-face"]


@pytest.mark.usefixtures("no_downloads")
@pytest.mark.parametrize("task", sorted(set(TASKS) - {"face"}))
def test_the_error_of_a_task_without_files_names_the_download(task: str) -> None:
    with pytest.raises(ModelError, match=r"`tools/download-models\.sh --task ") as caught:
        resolve(task, [])
    assert "\n" not in str(caught.value)


def test_the_error_of_an_unknown_task_lists_the_tasks() -> None:
    with pytest.raises(ModelError, match="car, car-fp32"):
        resolve("cars", [])


@pytest.mark.usefixtures("no_downloads")
def test_the_folder_of_the_project_is_searched_last(no_downloads: Path, tmp_path: Path) -> None:
    put(no_downloads, INT8)
    assert stored("face", []).paths[0].is_relative_to(no_downloads)
    assert stored("face", put(tmp_path / "mine", INT8)).paths[0].is_relative_to(tmp_path / "mine")


@pytest.mark.usefixtures("no_downloads")
def test_a_detector_and_an_embedder_serve_one_task(tmp_path: Path) -> None:
    people, reid = "person-detection-0201/FP16-INT8", "person-reidentification-retail-0287/FP16"
    folder = put(tmp_path, people, reid)
    for found in (resolve("people-reid", folder), resolve("x", folder, model="people+reid")):
        assert isinstance(found, DetectorWithEmbedder)
        assert isinstance(found.detector, StoredModel)
        assert found.detector.manifest.name == "person-detection-0201"
        assert found.embedder.manifest.name == "person-reidentification-retail-0287"


@pytest.mark.usefixtures("no_downloads")
def test_an_embedder_in_place_of_a_detector_is_refused(tmp_path: Path) -> None:
    folder = put(tmp_path, INT8)
    with pytest.raises(ModelError, match="use a detector and an embedder"):
        resolve("x", folder, model="haar-frontal-face+haar-full-body")


@pytest.mark.usefixtures("no_downloads")
def test_a_model_can_be_chosen(tmp_path: Path) -> None:
    folder = put(tmp_path, FP32)
    assert stored("people", folder, "face-detection-retail-0005").precision == "FP32"
    assert stored("people", folder, FP32).precision == "FP32"
    assert isinstance(resolve("x", folder, model="haar-full-body"), HaarCascade)
    assert resolve("x", folder, model="stub:slots=2,ms=50") == StubSpec(2, 50)


@pytest.mark.usefixtures("no_downloads")
@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("face-detection-retail-0005/FP16", r"--model face-detection-retail-0005 --precision FP16"),
        ("face-detection-retail-0005", r"--model face-detection-retail-0005`"),
        ("face-detection-retail-9999", "unknown model"),
        ("face-detection-retail-0005/FP8", "unknown model"),
    ],
)
def test_a_missing_chosen_model_is_refused(tmp_path: Path, model: str, why: str) -> None:
    with pytest.raises(ModelError, match=why):
        resolve("face", [tmp_path], model=model)


@pytest.fixture
def shipped(no_downloads: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder with two shipped models, last in the lists of candidates."""
    texts = {
        "ei-finder": "family: ssd\nlabels: {1: person}\n",
        "ei-knower": "family: embedding\nlabels: {0: person}\n",
    }
    for name, text in texts.items():
        (no_downloads / name / "FP32").mkdir(parents=True)
        (no_downloads / name / "FP32" / "m.xml").touch()
        (no_downloads / name / "model.yaml").write_text(
            f"name: {name}\nlicence: none\norigin: here\ninput: {{width: 8, height: 8}}\n{text}"
            "precisions: {FP32: [{file: m.xml, size: 0, sha256: ''}]}\n",
            encoding="utf-8",
        )
    (no_downloads / "tasks.yaml").write_text(
        f"people: {{candidates: [{PEOPLE}, ei-finder/FP32]}}\n"
        f"reid: {{candidates: [{REID}, ei-knower/FP32]}}\n"
        f"face: {{candidates: [{INT8}, {FP32}, haar-frontal-face]}}\n"
        f"last: {{candidates: [ei-finder/FP32, {PEOPLE}]}}\n"
        "people-reid: {detect: people, embed: reid}\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(catalogue, "_manifests", lambda: load_manifests(no_downloads))
    return no_downloads


PEOPLE, REID = "person-detection-0201/FP16-INT8", "person-reidentification-retail-0287/FP16"


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize(
    ("task", "download"),
    [
        ("people", PEOPLE),
        ("reid", REID),
        ("people-reid", f"{PEOPLE}+{REID}"),
        ("face", INT8),
        ("last", ""),
    ],
)
def test_a_better_model_is_named_while_a_shipped_one_serves(task: str, download: str) -> None:
    assert better(task, resolve(task, [])) == download


@pytest.mark.usefixtures("shipped")
def test_no_better_model_is_named_after_a_download(tmp_path: Path) -> None:
    folder = put(tmp_path, PEOPLE)
    assert stored("people", folder).manifest.name == "person-detection-0201"
    assert better("people", resolve("people", folder), folder) == ""
    assert better("people-reid", resolve("people-reid", folder), folder) == REID
    second = put(tmp_path / "second", FP32)
    assert better("face", resolve("face", second), second) == ""  # chosen by a user


@pytest.mark.usefixtures("shipped")
def test_a_better_model_is_named_for_a_chosen_shipped_model(tmp_path: Path) -> None:
    ours = resolve("people", [], model="ei-finder")
    assert better("people", ours) == PEOPLE
    assert better("people", ours, put(tmp_path, PEOPLE)) == ""
    assert better("no-such-task", ours) == ""
    assert better("people", StubSpec()) == ""


def test_the_fallback_needs_no_download() -> None:
    assert fallback("face-int8") == CASCADES["haar-frontal-face"]
    assert fallback("people") is None


def test_the_documented_tasks_exist() -> None:
    assert {"face", "face-int8", "face-fp32", "people", "car", "car-int8", "car-fp32", "object",
            "reid"} <= set(TASKS)  # fmt: skip


@pytest.mark.parametrize(
    ("task", "candidate"),
    [(name, candidate) for name, task in TASKS.items() for candidate in task.candidates],
)
def test_a_candidate_exists_and_has_the_classes_of_its_task(task: str, candidate: str) -> None:
    if candidate in CASCADES:
        return
    name, _, precision = candidate.partition("/")
    manifest = MANIFESTS[name]
    assert precision in manifest.precisions
    keep = set(TASKS[task].keep)
    assert not keep or keep & set(manifest.labels.values())


@pytest.mark.parametrize(
    "text", ["face: {candidate: [a]}", "face: {run: f64}", "- face", "face: ["]
)
def test_an_invalid_task_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tasks.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"tasks\.yaml"):
        load_tasks(path)
