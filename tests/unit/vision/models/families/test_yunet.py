"""YuNet: cells become faces with five landmarks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from apps.runtime.errors import ModelError
from apps.vision.models.families.family import ModelSignature
from apps.vision.models.families.yunet import YuNetFamily
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelInput, ModelManifest

MakeManifest = Callable[..., ModelManifest]
SIDE = 64
COUNTS = (64, 16, 4)
SHAPES = tuple((1, count, depth) for depth in (1, 1, 4, 10) for count in COUNTS)
PLACEMENT = InputPlacement(0, 0, SIDE, SIDE)


@pytest.fixture
def faces(manifest: MakeManifest) -> ModelManifest:
    return manifest("yunet", labels={0: "face"}, input=ModelInput(width=SIDE, height=SIDE))


def test_a_cell_becomes_a_face_with_landmarks(faces: ModelManifest) -> None:
    outputs = tuple(np.zeros(shape, np.float32) for shape in SHAPES)
    cell, stride = 5, 16  # column 1, row 1
    outputs[1][0, cell] = 0.9
    outputs[4][0, cell] = 0.4
    outputs[7][0, cell] = [0.5, 0.25, np.log(1.5), np.log(0.5)]
    outputs[10][0, cell] = [0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 1]
    (face,) = YuNetFamily(faces, faces.labels, ModelSignature(SHAPES)).parse(outputs, PLACEMENT)
    x, y = 1.5 * stride, 1.25 * stride
    assert face.score == pytest.approx(0.6)
    assert face.box == pytest.approx(
        [(x - 12) / SIDE, (y - 4) / SIDE, (x + 12) / SIDE, (y + 4) / SIDE]
    )
    marks = np.array([(1, 1), (2, 1), (1.5, 1.5), (1, 2), (2, 2)]) * stride / SIDE
    np.testing.assert_allclose(face.landmarks or (), marks, atol=1e-6)


def test_a_face_needs_both_scores(faces: ModelManifest) -> None:
    outputs = tuple(np.zeros(shape, np.float32) for shape in SHAPES)
    outputs[1][0, 3] = 1.0
    assert YuNetFamily(faces, faces.labels, ModelSignature(SHAPES)).parse(outputs, PLACEMENT) == ()


def test_different_outputs_are_refused(faces: ModelManifest) -> None:
    with pytest.raises(ModelError, match="family yunet"):
        YuNetFamily(faces, faces.labels, ModelSignature(SHAPES[:9]))


def test_more_than_one_label_is_refused(manifest: MakeManifest) -> None:
    two = manifest(
        "yunet", labels={0: "face", 1: "hand"}, input=ModelInput(width=SIDE, height=SIDE)
    )
    with pytest.raises(ModelError, match="expected one label"):
        YuNetFamily(two, two.labels, ModelSignature(SHAPES))
