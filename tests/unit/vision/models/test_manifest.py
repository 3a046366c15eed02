"""A manifest is read, or refused with its path and the reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from apps.runtime.errors import ModelError
from apps.vision.models.catalogue import MODELS
from apps.vision.models.manifest import load_manifest, load_manifests
from apps.vision.models.registry import FAMILIES

GOOD = """
name: small
family: ssd
licence: Apache-2.0
origin: nowhere
input: {width: 300, height: 200, mean: [1, 2, 3]}
labels: {1: face}
precisions:
  FP32:
    - {file: small.xml, size: 10, sha256: aa, url: "https://models.example/small.xml"}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "small" / "model.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_manifest_is_read_with_its_defaults(tmp_path: Path) -> None:
    manifest = load_manifest(written(tmp_path, GOOD))
    assert manifest.input.mean == (1.0, 2.0, 3.0)
    assert manifest.input.colour == "bgr"
    assert manifest.labels == {1: "face"}
    assert manifest.score_threshold == 0.5


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("family: ssd", ""), "family"),
        (("width: 300", "width: wide"), r"width|int"),
        (("name: small", "name: other"), "but the folder is small"),
        (("family: ssd", "family: ssd\ncolor: red"), "color"),
        (("labels: {1: face}", "labels: [face]"), "labels"),
        (("labels:", "labels: {"), "small/model.yaml"),
        (("  FP32:\n", "  FP16: []\n  FP32:\n"), "a precision has no files"),
        (("height: 200", "height: 200, resize: squash"), "squash"),
    ],
)
def test_an_invalid_manifest_is_refused_with_its_path(
    tmp_path: Path, change: tuple[str, str], why: str
) -> None:
    path = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(ModelError, match=why) as caught:
        load_manifest(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        load_manifest(tmp_path / "small" / "model.yaml")


def test_manifests_are_found_by_folder(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    assert set(load_manifests(tmp_path)) == {"small"}


def test_files_without_a_url_ship_with_the_repository(tmp_path: Path) -> None:
    address = ', url: "https://models.example/small.xml"'
    assert not load_manifest(written(tmp_path, GOOD)).ships("FP32")
    assert load_manifest(written(tmp_path, GOOD.replace(address, ""))).ships("FP32")


def test_a_precision_with_some_urls_is_refused(tmp_path: Path) -> None:
    text = GOOD + "    - {file: small.bin, size: 10, sha256: aa}\n"
    with pytest.raises(ModelError, match="some files have a url"):
        load_manifest(written(tmp_path, text))


@pytest.mark.parametrize("name", sorted(load_manifests(MODELS)))
def test_a_manifest_of_the_project_is_complete(name: str) -> None:
    manifest = load_manifests(MODELS)[name]
    assert manifest.family in FAMILIES
    assert manifest.licence
    assert manifest.precisions
    for files in manifest.precisions.values():
        for entry in files:
            assert entry.url.startswith("https://") or name.startswith("ei-")
            assert re.fullmatch("[0-9a-f]{64}", entry.sha256)
            assert re.fullmatch("([0-9a-f]{96})?", entry.sha384)
            assert entry.size > 0
            assert Path(entry.file).name == entry.file
        if files[0].file.endswith(".xml"):
            assert [Path(entry.file).suffix for entry in files] == [".xml", ".bin"]
