"""Model files that a worker must refuse at its start with one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from apps.runtime.errors import ModelError
from apps.vision.models.catalogue import MODELS, resolve
from apps.vision.models.manifest import load_manifest
from apps.vision.models.openvino_adapter import CompileOptions, InferenceAdapter
from apps.vision.models.registry import load_engine

pytestmark = pytest.mark.data


def offered(source: Path, folder: Path) -> list[Path]:
    """Copy the files of a folder to a location that is searched for the model."""
    folder.mkdir(parents=True)
    for path in source.iterdir():
        shutil.copy(path, folder / path.name)
    return [folder.parents[1]]


def refusal(directories: list[Path], model: str) -> str:
    with pytest.raises(ModelError) as caught:
        load_engine(resolve("", directories, model=model), CompileOptions())
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_genuine_but_defective_int8_release_is_refused_with_its_reason(
    test_data: Path, tmp_path: Path
) -> None:
    name = "person-detection-retail-0013"
    source = test_data / "models" / "negative" / f"{name}_FP16-INT8_2023.0_defective"
    directories = offered(source, tmp_path / name / "FP16-INT8")
    message = refusal(directories, f"{name}/FP16-INT8")
    assert "finds dozens of persons where there are none" in message
    assert f"tools/download-models.sh --model {name} --precision FP16-INT8" in message


def test_a_git_lfs_pointer_is_recognised(test_data: Path, tmp_path: Path) -> None:
    source = test_data / "models" / "negative" / "lfs-pointer"
    directories = offered(source, tmp_path / "yunet-2023mar" / "FP32")
    assert "Git-LFS pointer" in refusal(directories, "yunet-2023mar")


def test_an_old_release_of_the_same_name_is_refused(test_data: Path, tmp_path: Path) -> None:
    name = "face-detection-retail-0004"
    source = test_data / "models" / "negative" / f"ir-v3_{name}"
    directories = offered(source, tmp_path / name / "FP32")
    assert "truncated or a different file" in refusal(directories, f"{name}/FP32")


def test_ir_version_3_is_refused(test_data: Path) -> None:
    name = "face-detection-retail-0004"
    path = test_data / "models" / "negative" / f"ir-v3_{name}" / f"{name}.xml"
    manifest = load_manifest(MODELS / name / "model.yaml")
    with pytest.raises(ModelError, match="use IR version 10"):
        InferenceAdapter(manifest, "FP32", path, CompileOptions())
