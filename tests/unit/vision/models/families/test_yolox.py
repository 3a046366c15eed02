"""YOLOX: cells are decoded to the encoded boxes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.runtime.errors import ModelError
from apps.vision.models.engine import Outputs
from apps.vision.models.families.family import ModelSignature
from apps.vision.models.families.grid import cells
from apps.vision.models.families.yolox import YoloxFamily
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelInput, ModelManifest

MakeManifest = Callable[..., ModelManifest]
SIDE = 64
CELLS = cells(SIDE, SIDE)
PLACEMENT = InputPlacement(0, 0, SIDE, SIDE)
SHAPE = (1, len(CELLS.corners), 7)


def encode(cell: int, box: tuple[float, float, float, float], scores: list[float]) -> Outputs:
    """Outputs with one box in a cell: corners in pixels, objectness and scores."""
    output = np.zeros(SHAPE, np.float32)
    corner, stride = CELLS.corners[cell], CELLS.strides[cell]
    low, high = np.array(box[:2]), np.array(box[2:])
    output[0, cell, :2] = (low + high) / 2 / stride - corner
    output[0, cell, 2:4] = np.log((high - low) / stride)
    output[0, cell, 4:] = scores
    return (output,)


@pytest.fixture
def animals(manifest: MakeManifest) -> ModelManifest:
    fitted = ModelInput(width=SIDE, height=SIDE, resize="letterbox", fill=114)
    return manifest("yolox", labels={0: "cat", 1: "dog"}, input=fitted)


@pytest.fixture
def yolox(animals: ModelManifest) -> YoloxFamily:
    return YoloxFamily(animals, animals.labels, ModelSignature((SHAPE,)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cell=st.integers(0, SHAPE[1] - 1),
    corner=st.tuples(st.floats(0, 50), st.floats(0, 50)),
    size=st.tuples(st.floats(1, 14), st.floats(1, 14)),
)
def test_any_cell_can_encode_any_box(
    yolox: YoloxFamily, cell: int, corner: tuple[float, float], size: tuple[float, float]
) -> None:
    box = (*corner, corner[0] + size[0], corner[1] + size[1])
    (dog,) = yolox.parse(encode(cell, box, [0.9, 0.1, 0.8]), PLACEMENT)
    assert dog.label == "dog"
    assert dog.score == pytest.approx(0.72, abs=1e-5)
    assert dog.box == pytest.approx([side / SIDE for side in box], abs=1e-3)


def test_the_score_is_objectness_times_class_score(yolox: YoloxFamily) -> None:
    assert yolox.parse(encode(3, (8, 8, 16, 16), [0.6, 0.7, 0.0]), PLACEMENT) == ()


def test_an_object_in_two_cells_is_one_detection(yolox: YoloxFamily) -> None:
    first = encode(3, (8, 8, 32, 32), [0.9, 0.9, 0])[0]
    second = encode(4, (8, 8, 32, 31), [0.8, 0.9, 0])[0]
    (cat,) = yolox.parse((first + second,), PLACEMENT)
    assert cat.score == pytest.approx(0.81, abs=1e-5)


@pytest.mark.parametrize("shape", [(1, 84, 85), (1, 85, 7), (84, 7)])
def test_different_outputs_or_classes_are_refused(
    animals: ModelManifest, shape: tuple[int, ...]
) -> None:
    with pytest.raises(ModelError, match="for 2 labels"):
        YoloxFamily(animals, animals.labels, ModelSignature((shape,)))
