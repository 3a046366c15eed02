"""A trained model is laid down as the project finds its models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from apps.vision.models.files import find_files, verify
from apps.vision.models.manifest import ModelInput, load_manifest
from tools.train.package import PRECISIONS, lay_down, manifest_of


@pytest.fixture
def model() -> ov.Model:
    picture = ops.parameter([1, 3, 32, 64], np.float32, name="pictures")
    weights = ops.constant(np.ones((8, 3, 1, 1), np.float32))
    ones = [1, 1]
    return ov.Model([ops.convolution(picture, weights, ones, [0, 0], [0, 0], ones)], [picture])


def test_what_is_laid_down_is_found_and_verified(tmp_path: Path, model: ov.Model) -> None:
    wanted = manifest_of(
        "cone-detector", "yolox", ("cone",), ModelInput(64, 32, resize="letterbox", fill=114),
        licence="CC-BY-4.0", origin="here", tasks=("cone",), threshold=0.3333,
    )  # fmt: skip
    folder = tmp_path / "cone-detector"
    written = lay_down(wanted, dict.fromkeys(PRECISIONS, model), "# A cone\n", folder)
    read = load_manifest(folder / "model.yaml")
    assert read == written
    assert (read.labels, read.score_threshold) == ({0: "cone"}, 0.33)
    assert (folder / "README.md").read_text(encoding="utf-8") == "# A cone\n"
    for precision in PRECISIONS:
        paths = find_files(read, precision, [tmp_path])
        assert paths is not None
        verify(read, precision, paths)
        assert read.ships(precision)


def test_the_faster_precision_comes_first(tmp_path: Path, model: ov.Model) -> None:
    wanted = manifest_of("a", "yolox", ("b",), ModelInput(64, 32), licence="", origin="")
    lay_down(wanted, dict.fromkeys(PRECISIONS, model), "", tmp_path / "a")
    assert list(load_manifest(tmp_path / "a" / "model.yaml").precisions) == ["FP16-INT8", "FP16"]
