"""A text names what is measured, and how it must compute."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.runtime.errors import ModelError
from tools.evaluation.candidate import find_candidate
from tools.evaluation.hog import HOG


def test_detectors_of_opencv_need_no_files() -> None:
    hog, cascade = find_candidate(HOG, []), find_candidate("haar-frontal-face", [])
    assert (hog.labels, hog.size, hog.embeds) == (("person",), 0, False)
    assert (cascade.labels, cascade.size, cascade.embeds) == (("face",), 0, False)
    assert 0.5 < hog.threshold < 0.8


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("yolox-nano@int8", "Write one of f32, f16, bf16 after the @"),
        ("yolox-giant", "unknown model"),
        ("people-reid", "measure each separately"),
    ],
)
def test_what_cannot_be_measured_is_refused(text: str, why: str, tmp_path: Path) -> None:
    model = "haar-full-body+haar-full-body" if text == "people-reid" else text
    with pytest.raises(ModelError, match=rf"{why}|a detector and an embedder"):
        find_candidate(model, [tmp_path])


def test_a_folder_with_a_manifest_and_no_files_is_explained(tmp_path: Path) -> None:
    folder = tmp_path / "cones"
    folder.mkdir()
    (folder / "model.yaml").write_text(
        "{name: cones, family: ssd, licence: none, origin: here, input: {width: 8, height: 8},"
        " labels: {0: cone},"
        " precisions: {FP32: [{file: cones.xml, size: 1, sha256: a, url: ''}]}}",
        encoding="utf-8",
    )
    with pytest.raises(ModelError, match=r"put them into .*cones/<precision>/"):
        find_candidate(str(folder), [])
