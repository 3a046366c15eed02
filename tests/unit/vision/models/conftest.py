"""Small generated models and their manifests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from apps.vision.image import Pixels
from apps.vision.models.manifest import ModelFile, ModelInput, ModelManifest

MakeManifest = Callable[..., ModelManifest]
SaveModel = Callable[..., Path]
Describe = Callable[[Path], tuple[ModelFile, ...]]


@pytest.fixture
def grey() -> Pixels:
    """A grey picture."""
    return np.full((90, 160, 3), 128, np.uint8)


@pytest.fixture
def manifest() -> MakeManifest:
    """Creates a manifest; the test may set any field."""

    def make(family: str = "ssd", **fields: object) -> ModelManifest:
        complete = {
            "name": "small",
            "licence": "none",
            "origin": "generated",
            "input": ModelInput(width=16, height=8),
            "labels": {1: "thing"},
            "precisions": {},
            **fields,
        }
        return ModelManifest(family=family, **complete)  # type: ignore[arg-type]  # test data

    return make


@pytest.fixture
def save_model(tmp_path: Path) -> SaveModel:
    """Saves a model with output `[1, 1, 3, 7]`: the mean of each channel of the picture.

    Row `c` is `0, 1, 0.9, mean, 0, 1, 1` with the mean of channel `c` after preprocessing, so that
    a test can check colour order, mean and scale.
    """

    def save(*, name: str = "small", width: int = 16, height: int = 8) -> Path:
        picture = ops.parameter([1, 3, height, width], np.float32, name="picture")
        means = ops.reduce_mean(picture, ops.constant(np.array([2, 3], np.int64)), keep_dims=False)
        column = ops.reshape(means, ops.constant(np.array([1, 1, 3, 1], np.int64)), False)
        before = ops.constant(np.tile(np.array([0, 1, 0.9], np.float32), (1, 1, 3, 1)))
        after = ops.constant(np.tile(np.array([0, 1, 1], np.float32), (1, 1, 3, 1)))
        rows = ops.concat([before, column, after], axis=3)
        folder = tmp_path / name / "FP32"
        folder.mkdir(parents=True, exist_ok=True)
        ov.save_model(ov.Model([rows], [picture], name), folder / f"{name}.xml")
        return folder / f"{name}.xml"

    return save


@pytest.fixture
def describe() -> Describe:
    """Creates the manifest entries of an IR file and its weights."""

    def entries(path: Path) -> tuple[ModelFile, ...]:
        return tuple(
            ModelFile(
                file=part.name,
                size=part.stat().st_size,
                sha256=hashlib.sha256(part.read_bytes()).hexdigest(),
                url=f"https://models.example/{part.name}",
            )
            for part in (path, path.with_suffix(".bin"))
        )

    return entries
