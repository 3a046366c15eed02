"""The command that fetches models, from a mirror in the layout of the test data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from apps.vision.models.catalogue import StoredModel, resolve

ROOT = Path(__file__).resolve().parents[3]


def download(*arguments: str | Path, mirror: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command; its environment names a mirror."""
    return subprocess.run(
        [sys.executable, "-m", "tools.models", *map(str, arguments)],
        capture_output=True, text=True, check=False, env={"EI_MODELS_MIRROR": mirror},
    )  # fmt: skip


@pytest.mark.data
def test_what_a_task_needs_is_fetched_and_then_serves_it(test_data: Path, tmp_path: Path) -> None:
    mirror = test_data / "models"
    first = download("--task", "face", "--mirror", mirror, "--to", tmp_path)
    assert (first.returncode, first.stderr) == (0, "")
    assert "2 files fetched" in first.stdout
    found = resolve("face", [tmp_path])
    assert isinstance(found, StoredModel)
    assert found.paths[0].is_relative_to(tmp_path)

    again = download("--task", "face", "--to", tmp_path, mirror=str(mirror))
    assert again.stdout == "everything is downloaded\n"


@pytest.mark.data
def test_the_list_shows_what_is_here_and_what_is_damaged(test_data: Path, tmp_path: Path) -> None:
    download("--task", "object", "--task", "reid", "--to", tmp_path, mirror=str(test_data))
    (tmp_path / "yolox-nano" / "FP32" / "yolox_nano.onnx").write_bytes(b"damaged")
    lines = download("--list", "--to", tmp_path, "--videos-to", tmp_path).stdout.splitlines()
    states = {line.split()[3]: line.split()[0] for line in lines}
    assert states["yolox-nano/FP32"] == "damaged"
    assert states["person-reidentification-retail-0287/FP16-INT8"] == "here"
    assert states["nanodet-m/FP32"] == "-"


@pytest.mark.data
def test_videos_come_too(test_data: Path, tmp_path: Path) -> None:
    done = download("--videos", "--videos-to", tmp_path, mirror=str(test_data))
    assert (tmp_path / "car-detection.mp4").is_file()
    assert done.returncode == 1  # the mirror has not all of them
    assert "people-detection.mp4: Not found" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--task", "nose"], "nose: Unknown task"),
        (["--model", "yolo"], "yolo: Unknown model"),
        (["--mirror", "/nowhere"], "/nowhere is not a mirror: name a folder"),
        (
            ["--mirror", "ftp://mirror.example"],
            "is not a mirror: name a folder, or an http or https address",
        ),
    ],
)
def test_a_wrong_wish_is_one_line(arguments: list[str], why: str) -> None:
    done = download(*arguments)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_empty_mirror_says_what_is_missing(tmp_path: Path) -> None:
    done = download("--model", "yolox-nano", "--mirror", tmp_path, "--to", tmp_path / "here")
    assert done.returncode == 1
    assert "yolox_nano.onnx: Not found at" in done.stderr
    assert "Traceback" not in done.stderr
