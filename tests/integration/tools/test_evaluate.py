"""The command that measures models, on labelled pictures and on scenes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools.evaluation.__main__ import main

pytestmark = pytest.mark.data


def report(tmp_path: Path, *arguments: str) -> list[dict[str, Any]]:
    path = tmp_path / "report.json"
    assert main([*arguments, "--json", str(path)]) == 0
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["machine"]["processor"]
    models: list[dict[str, Any]] = content["models"]
    return models


def test_detectors_are_measured_beside_hog_on_labelled_pictures(
    test_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, hog = report(
        tmp_path, "person-vehicle-bike-detection-2000/FP16-INT8", "opencv-hog",
        "--models", str(test_data / "models"), "--only", "person", "--limit", "12",
        "--seconds", "0.2",
        "--data", str(test_data / "labels/core/coco_open33_instances.json"),
        "--pictures", str(test_data / "images/core/coco_open33"),
    )  # fmt: skip
    (ours,), (its,) = model["detection"][0]["classes"], hog["detection"][0]["classes"]
    assert ours["things"] == its["things"] > 10
    assert ours["ap50"] > its["ap50"] + 0.2 > 0.2
    assert model["runs"] == "INT8"
    assert model["bytes"] == 468322 + 1974354
    assert model["speed"]["frames_per_second"] > 0
    assert "AP50-95" in capsys.readouterr().out


def test_an_embedder_is_measured_across_two_cameras_of_a_scene(
    test_data: Path, tmp_path: Path
) -> None:
    (model,) = report(
        tmp_path, "reid", "--models", str(test_data / "models"), "--seconds", "0",
        "--data", "synthetic:crowd?seed=211&camera=0", "--every", "60",
        "--data", "synthetic:crowd?seed=211&camera=1",
    )  # fmt: skip
    (seen,) = model["recognition"]
    assert seen["cameras"] == 2
    assert seen["identities"] > 20
    assert seen["rank1"] > 0.75
    assert seen["same"] > seen["other"] + 0.2
    assert model["speed"] is None


def test_what_cannot_be_measured_is_said_in_one_line(
    test_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = str(test_data / "models")
    assert main(["face", "--models", models, "--data", "synthetic:street"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(
        "evaluate: The model has the classes face, the data bike, cone, person, vehicle"
    )
    assert len(error.splitlines()) == 1
