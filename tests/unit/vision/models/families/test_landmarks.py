"""Five landmarks of a face."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from apps.runtime.errors import ModelError
from apps.vision.models.families.family import ModelSignature
from apps.vision.models.families.landmarks import LandmarksFamily
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

MakeManifest = Callable[..., ModelManifest]


def test_landmarks_are_relative_to_the_picture(manifest: MakeManifest) -> None:
    faces = manifest("landmarks", labels={0: "face"})
    reader = LandmarksFamily(faces, faces.labels, ModelSignature(((1, 10, 1, 1),)))
    points = np.linspace(0.1, 1.9, 10, dtype=np.float32).reshape(1, 10, 1, 1)
    (face,) = reader.parse((points,), InputPlacement(0, 0, 48, 48))
    expected = [(0.1, 0.3), (0.5, 0.7), (0.9, 1.0), (1.0, 1.0), (1.0, 1.0)]
    np.testing.assert_allclose(face.landmarks or (), expected, atol=1e-6)


def test_different_outputs_are_refused(manifest: MakeManifest) -> None:
    with pytest.raises(ModelError, match="family landmarks"):
        LandmarksFamily(manifest("landmarks"), {}, ModelSignature(((1, 8),)))
