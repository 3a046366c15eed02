"""Outputs with boxes in pixels and labels become detections."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from apps.runtime.errors import ModelError
from apps.vision.models.families.boxes_labels import BoxesLabelsFamily
from apps.vision.models.families.family import ModelSignature
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

MakeManifest = Callable[..., ModelManifest]
BOXES = np.array([[4, 2, 8, 6, 0.9], [0, 0, 16, 8, 0.3]], np.float32)
LABELS = np.array([1, 0], np.int64)
PLACEMENT = InputPlacement(0, 0, 16, 8)


@pytest.fixture
def people(manifest: MakeManifest) -> ModelManifest:
    return manifest("boxes_labels", labels={0: "vehicle", 1: "person"})


def test_boxes_in_pixels_become_relative_boxes(people: ModelManifest) -> None:
    reader = BoxesLabelsFamily(people, people.labels, ModelSignature(((-1, 5), (-1,))))
    (person,) = reader.parse((BOXES, LABELS), PLACEMENT)
    assert (person.label, person.box) == ("person", (0.25, 0.25, 0.5, 0.75))


def test_the_order_of_the_outputs_does_not_matter(people: ModelManifest) -> None:
    reader = BoxesLabelsFamily(people, people.labels, ModelSignature(((-1,), (-1, 5))))
    assert [found.label for found in reader.parse((LABELS, BOXES), PLACEMENT)] == ["person"]


def test_an_empty_picture_has_no_rows(people: ModelManifest) -> None:
    reader = BoxesLabelsFamily(people, people.labels, ModelSignature(((-1, 5), (-1,))))
    assert reader.parse((BOXES[:0], LABELS[:0]), PLACEMENT) == ()


@pytest.mark.parametrize("shapes", [((-1, 5),), ((-1, 4), (-1,)), ((1, 1, 200, 7),)])
def test_different_outputs_are_refused(
    people: ModelManifest, shapes: tuple[tuple[int, ...], ...]
) -> None:
    with pytest.raises(ModelError, match="boxes_labels"):
        BoxesLabelsFamily(people, people.labels, ModelSignature(shapes))
