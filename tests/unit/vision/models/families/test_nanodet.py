"""NanoDet: distributions become edges, and cells become boxes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from apps.runtime.errors import ModelError
from apps.vision.models.engine import Outputs
from apps.vision.models.families.family import ModelSignature
from apps.vision.models.families.nanodet import NanoDetFamily
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelInput, ModelManifest

MakeManifest = Callable[..., ModelManifest]
SIDE = 64
COUNTS = (64, 16, 4)
SHAPES = tuple((1, count, depth) for depth in (2, 32) for count in COUNTS)
PLACEMENT = InputPlacement(0, 0, SIDE, SIDE)


def empty() -> Outputs:
    return tuple(np.zeros(shape, np.float32) for shape in SHAPES)


def put(outputs: Outputs, level: int, cell: int, scores: list[float], edges: list[int]) -> None:
    """Put an object into a cell, with its edges a number of strides from the centre."""
    outputs[level][0, cell] = scores
    logits = np.full((4, 8), -50, np.float32)
    logits[np.arange(4), edges] = 50
    outputs[level + 3][0, cell] = logits.ravel()


@pytest.fixture
def animals(manifest: MakeManifest) -> ModelManifest:
    return manifest(
        "nanodet", labels={0: "cat", 1: "dog"}, input=ModelInput(width=SIDE, height=SIDE)
    )


@pytest.fixture
def nanodet(animals: ModelManifest) -> NanoDetFamily:
    return NanoDetFamily(animals, animals.labels, ModelSignature(SHAPES))


def test_edges_are_relative_to_the_centre_of_the_cell(nanodet: NanoDetFamily) -> None:
    outputs = empty()
    put(outputs, 1, 4 + 1, [0.2, 0.8], [1, 1, 2, 1])  # column 1, row 1 of stride 16
    (dog,) = nanodet.parse(outputs, PLACEMENT)
    centre = 16 + 7.5
    expected = [centre - 16, centre - 16, centre + 32, centre + 16]
    assert dog.label == "dog"
    assert dog.score == pytest.approx(0.8)
    assert dog.box == pytest.approx([edge / SIDE for edge in expected], abs=1e-5)


def test_an_edge_between_two_steps_is_interpolated(nanodet: NanoDetFamily) -> None:
    outputs = empty()
    put(outputs, 2, 0, [0.9, 0], [0, 0, 0, 0])
    logits = outputs[5][0, 0].reshape(4, 8)
    logits[2] = -50
    logits[2, [0, 1]] = 50
    logits[3, 1] = 51 + 50
    (cat,) = nanodet.parse(outputs, PLACEMENT)
    assert cat.box[2] == pytest.approx((15.5 + 16) / SIDE, abs=1e-5)


def test_an_object_on_two_levels_is_one_detection(nanodet: NanoDetFamily) -> None:
    outputs = empty()
    put(outputs, 0, 9, [0.9, 0], [1, 1, 1, 1])
    put(outputs, 0, 10, [0.8, 0], [2, 1, 0, 1])
    assert len(nanodet.parse(outputs, PLACEMENT)) == 1


def test_an_empty_picture_has_no_detections(nanodet: NanoDetFamily) -> None:
    assert nanodet.parse(empty(), PLACEMENT) == ()


def test_different_outputs_or_classes_are_refused(animals: ModelManifest) -> None:
    for shapes in (SHAPES[:5], tuple((1, c, d) for d in (80, 32) for c in COUNTS)):
        with pytest.raises(ModelError, match="for 2 labels"):
            NanoDetFamily(animals, animals.labels, ModelSignature(shapes))
