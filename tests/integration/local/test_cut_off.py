"""Without any network the one command shows boxes, with what ships with the project.

A network namespace with loopback only stands for the machine that is cut off.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.vision.models.catalogue import resolve
from apps.vision.models.haar import HaarCascade
from tests.conftest import soak_factor

ROOT = Path(__file__).resolve().parents[3]
NAMESPACE = ["unshare", "--net", "--map-root-user"]

pytestmark = [pytest.mark.redis, pytest.mark.timeout(400)]

CutOff = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def cut_off() -> CutOff:
    """Runs the local system in a separate network namespace; skipped where none can be created."""
    tried = subprocess.run([*NAMESPACE, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no network namespace may be made here: {tried.stderr.strip()}")
    # built before the measurement starts
    subprocess.run([ROOT / "tools" / "build-dashboard.sh"], check=False, capture_output=True)

    def run(*arguments: str) -> dict[str, Any]:
        command = [*NAMESPACE, sys.executable, "-m", "tests.integration.local.cut_off", *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
        told: dict[str, Any] = json.loads(done.stdout)
        assert told["outside"] == "ENETUNREACH"
        assert told["code"] == 0
        return told

    return run


def test_the_command_without_arguments_shows_boxes_of_our_own_detector(cut_off: CutOff) -> None:
    told = cut_off()
    print(f"first boxes {told['seconds']} s after the command")
    assert told["seconds"] < 10 or soak_factor() < 1  # a promise of a quiet machine
    assert (told["task"], told["model"]) == ("object", "ei-street-detector")
    assert set(told["labels"]) <= {"person", "vehicle", "bike"}
    assert "No source given; playing the sample" in told["log"]


def test_faces_are_looked_for_with_what_opencv_ships_and_the_better_model_is_named(
    cut_off: CutOff,
) -> None:
    if not isinstance(resolve("face", []), HaarCascade):
        pytest.skip("a model for faces has been downloaded into models/: nothing is missing")
    told = cut_off("--any", "--task", "face", "synthetic:shop?size=640x360")
    assert told["model"] == "haar-frontal-face"
    assert told["better"] == "face-detection-retail-0005/FP16-INT8"
    assert "face: No model is available and the download failed" in told["log"]
    assert "Using haar-frontal-face, which needs no download" in told["log"]
