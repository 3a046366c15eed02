"""The validator accepts a right model and reports each fault of a wrong one."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.scenes.export import export
from apps.scenes.spec import SyntheticSpec
from apps.streams.source_spec import parse_source
from apps.vision.image import image_size
from apps.vision.models.catalogue import MODELS
from tools.validation.__main__ import main

Manifest = dict[str, Any]
Change = Callable[[Manifest], object]
Offer = Callable[..., Path]

CROWD = [
    part
    for camera in (0, 1)
    for part in ("--data", f"synthetic:crowd?seed=74&people=14&camera={camera}")
]
OURS = MODELS / "ei-street-detector" / "FP16"


@pytest.fixture
def offer(tmp_path: Path) -> Offer:
    """Lays a model out as a user would, with a manifest that may be changed."""

    def lay(name: str, files: Path, precision: str, change: Change = lambda _: None) -> Path:
        manifest = yaml.safe_load((MODELS / name / "model.yaml").read_text(encoding="utf-8"))
        folder = tmp_path / name
        (folder / precision).mkdir(parents=True)
        entries = manifest["precisions"][precision]
        for entry in entries:
            content = (files / entry["file"]).read_bytes()
            (folder / precision / entry["file"]).write_bytes(content)
            entry |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest["precisions"] = {precision: entries}
        change(manifest)
        (folder / "model.yaml").write_text(yaml.safe_dump(manifest), encoding="utf-8")
        return folder

    return lay


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labelled pictures with people and vehicles, drawn once."""
    folder = tmp_path_factory.mktemp("crossing")
    spec = parse_source("synthetic:crossing?seed=72&size=960x540&fps=1&people=30&vehicles=12")
    assert isinstance(spec, SyntheticSpec)
    export(spec, folder, frames=3, video=False, images=True)
    return folder / "instances.json"


@pytest.fixture
def told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, pictures: Path
) -> Callable[[Path], str]:
    """What the command says about a model, with its exit code in front."""

    def tell(folder: Path) -> str:
        code = main([str(folder), "--data", str(pictures), "--out", str(tmp_path / "pictures")])
        return f"{code} {capsys.readouterr().out}"

    return tell


def test_a_model_that_is_right_is_told_so_and_shown_with_its_boxes(
    offer: Offer, told: Callable[[Path], str], tmp_path: Path
) -> None:
    text = told(offer("ei-street-detector", OURS, "FP16"))
    assert "ok   files" in text
    assert "ok   labels" in text
    assert "write" not in text
    picture = tmp_path / "pictures" / "ei-street-detector-FP16-1.jpg"
    assert image_size(picture.read_bytes()) == (960, 540)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda m: m.update(labels={0: "vehicle", 1: "person", 2: "bike"}),
            "but its boxes are on other things: write 0: person, 1: vehicle",
        ),
        (lambda m: m["input"].update(std=[255, 255, 255]), "bgr on 0..255 fits better"),
        (lambda m: m.update(family="ssd"), "write family: yolox"),
        (lambda m: m.update(labels={0: "person"}), "it fits no other family with these labels"),
        (lambda m: m["input"].update(width=320, height=320), "the input is [1,3,416,736]"),
        (lambda m: m.update(score_threshold=0.001), "boxes are false"),
    ],
    ids=["labels", "scale", "family", "count", "size", "threshold"],
)
def test_a_wrong_manifest_is_told_what_to_write(
    offer: Offer, told: Callable[[Path], str], change: Change, sentence: str
) -> None:
    text = told(offer("ei-street-detector", OURS, "FP16", change))
    assert text.startswith("1 ")
    assert "WRONG" in text
    assert sentence in text


@pytest.mark.data
def test_a_defective_release_is_found_out_even_where_nobody_knows_its_checksum(
    offer: Offer, told: Callable[[Path], str], test_data: Path
) -> None:
    name = "person-detection-retail-0013"
    files = test_data / "models" / "negative" / f"{name}_FP16-INT8_2023.0_defective"
    text = told(offer(name, files, "FP16-INT8", lambda manifest: manifest.pop("refused", None)))
    assert text.startswith("1 ")
    assert "boxes are false" in text
    assert "the file is broken" in text


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "folder", "precision", "sentence"),
    [
        ("yunet-2023mar", "lfs-pointer", "FP32", "Git-LFS pointer"),
        (
            "face-detection-retail-0004", "ir-v3_face-detection-retail-0004", "FP32",
            "use IR version 10 or later",
        ),
    ],
)  # fmt: skip
def test_files_that_cannot_run_are_told_why(
    offer: Offer,
    told: Callable[[Path], str],
    test_data: Path,
    name: str,
    folder: str,
    precision: str,
    sentence: str,
) -> None:
    text = told(offer(name, test_data / "models" / "negative" / folder, precision))
    assert text.startswith("1 ")
    assert sentence in text


@pytest.mark.timeout(400)
@pytest.mark.data
def test_an_embedder_that_gets_the_wrong_scale_is_told_the_right_one(
    offer: Offer, test_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def forget(manifest: Manifest) -> None:
        manifest["input"] |= {"mean": [0, 0, 0], "std": [1, 1, 1], "colour": "bgr"}

    folder = offer("osnet-x0-25-msmt17", test_data / "models" / "reid", "FP32", forget)
    main([str(folder), *CROWD, "--out", str(folder)])
    text = capsys.readouterr().out
    assert "rgb on ImageNet's mean and deviation fits better" in text


def test_what_is_no_model_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([str(tmp_path / "nothing")]) == 2
    assert "Model not found" in capsys.readouterr().err
    shutil.copytree(MODELS / "ei-street-detector", tmp_path / "ei-street-detector")
    assert main([str(tmp_path / "ei-street-detector"), "--precision", "FP8"]) == 2
    assert "Unknown precision FP8; available: FP16" in capsys.readouterr().err
