"""The models that ship with the project, on scenes whose seeds they did not learn from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from tools.evaluation.__main__ import main

SCENES = ("street?seed=9101", "crossing?seed=9102", "shop?seed=9103", "night?seed=9104")


def measured(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    path = tmp_path / "report.json"
    assert main([*arguments, "--seconds", "0", "--json", str(path)]) == 0
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def precision(model: Mapping[str, Any], label: str) -> float:
    """The mean of AP50 over the scenes that show the class."""
    found = {
        scene["data"]: row["ap50"]
        for scene in model["detection"]
        for row in scene["classes"]
        if row["label"] == label
    }
    assert len(found) >= 3
    return float(mean(found.values()))


@pytest.mark.timeout(600)
def test_the_detector_finds_people_and_vehicles_and_integers_cost_it_little(
    tmp_path: Path,
) -> None:
    report = measured(
        tmp_path, "ei-street-detector/FP16-INT8", "ei-street-detector/FP16@f32",
        *(word for scene in SCENES for word in ("--data", f"synthetic:{scene}")),
    )  # fmt: skip
    integers, exact = report["models"]
    # without these instructions, sums of products are cut off at 16 bits
    cost = 0.01 if {"avx512_vnni", "avx_vnni"} & set(report["machine"]["vectors"]) else 0.02
    for label in ("person", "vehicle"):
        assert precision(exact, label) >= 0.90
        assert precision(integers, label) >= precision(exact, label) - cost


@pytest.mark.timeout(300)
def test_the_embedder_knows_people_again_in_another_camera(tmp_path: Path) -> None:
    (model,) = measured(
        tmp_path, "ei-person-embedder/FP16-INT8", "--every", "60",
        "--data", "synthetic:crowd?seed=9100&camera=0",
        "--data", "synthetic:crowd?seed=9100&camera=1",
    )["models"]  # fmt: skip
    (seen,) = model["recognition"]
    assert seen["identities"] > 30
    assert seen["rank1"] >= 0.90
