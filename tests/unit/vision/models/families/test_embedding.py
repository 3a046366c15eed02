"""An embedding has length 1, so that the dot product of two is their cosine similarity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from apps.runtime.errors import ModelError
from apps.vision.models.families.embedding import EmbeddingFamily
from apps.vision.models.families.family import ModelSignature
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

MakeManifest = Callable[..., ModelManifest]
PLACEMENT = InputPlacement(0, 0, 16, 8)


@pytest.fixture
def people(manifest: MakeManifest) -> ModelManifest:
    return manifest("embedding", labels={0: "person"})


@pytest.mark.parametrize("shape", [(1, 256), (1, 256, 1, 1)])
def test_an_embedding_has_length_1_for_any_output_shape(
    people: ModelManifest, shape: tuple[int, ...]
) -> None:
    embedder = EmbeddingFamily(people, people.labels, ModelSignature((shape,)))
    (person,) = embedder.parse((np.full(shape, 3, np.float32),), PLACEMENT)
    assert person.box == (0.0, 0.0, 1.0, 1.0)
    assert person.label == "person"
    assert person.embedding == pytest.approx((1 / 16,) * 256)


def test_a_zero_vector_gives_no_embedding(people: ModelManifest) -> None:
    embedder = EmbeddingFamily(people, people.labels, ModelSignature(((1, 64),)))
    (person,) = embedder.parse((np.zeros((1, 64), np.float32),), PLACEMENT)
    assert person.embedding is None


@pytest.mark.parametrize("shape", [(1, 1, 200, 7), (1, 8), (2, 256), (256,)])
def test_different_outputs_are_refused(people: ModelManifest, shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match="family embedding"):
        EmbeddingFamily(people, people.labels, ModelSignature((shape,)))


def test_more_than_one_label_is_refused(manifest: MakeManifest) -> None:
    two = manifest("embedding", labels={0: "person", 1: "dog"})
    with pytest.raises(ModelError, match="expected one label"):
        EmbeddingFamily(two, two.labels, ModelSignature(((1, 256),)))
