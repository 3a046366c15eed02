"""The default precision of each model agrees with f32.

Quantised files and bfloat16 change scores and boxes slightly, so detections close to the threshold
may appear or disappear.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pytest

from apps.pipeline.messages import Box, Detection
from apps.vision.models.catalogue import MODELS, StoredModel, resolve
from apps.vision.models.manifest import load_manifests
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.registry import load_engine
from tools.generate.golden_detections import GOLDEN, Subject, detect, subjects

pytestmark = pytest.mark.data

MANIFESTS = load_manifests(MODELS)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Allowed difference from f32.

    Attributes:
        overlap: minimum IoU of two matching boxes.
        score: maximum difference of their scores.
        margin: detections within this distance above the threshold need no match.
        cosine: minimum cosine similarity of two matching embeddings.
        landmark: maximum distance of a landmark, in 0..1 of the picture.
    """

    overlap: float
    score: float
    margin: float
    cosine: float
    landmark: float


FLOATS = Tolerance(overlap=0.9, score=0.06, margin=0.12, cosine=0.99, landmark=0.01)
INTEGERS = Tolerance(overlap=0.7, score=0.2, margin=0.3, cosine=0.93, landmark=0.05)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    common = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(
        0.0, min(a[3], b[3]) - max(a[1], b[1])
    )
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def partner(one: Detection, others: Sequence[Detection], tolerance: Tolerance) -> Detection | None:
    """The detection of the same class with the largest overlap, if it is large enough."""
    same = [other for other in others if other.label == one.label]
    best = max(same, key=lambda other: overlap(one.box, other.box), default=None)
    return best if best and overlap(one.box, best.box) >= tolerance.overlap else None


def check(
    golden: Sequence[Detection], run: Sequence[Detection], sure: float, tolerance: Tolerance
) -> None:
    """Compare in both directions; only detections well above the threshold must match."""
    for one in golden:
        other = partner(one, run, tolerance)
        assert other or one.score < sure, f"not found: {one}"
        if other:
            check_pair(one, other, tolerance)
    for one in run:
        assert partner(one, golden, tolerance) or one.score < sure, f"invented: {one}"


def check_pair(one: Detection, other: Detection, tolerance: Tolerance) -> None:
    assert abs(one.score - other.score) <= tolerance.score
    if one.embedding is not None:
        assert other.embedding is not None
        assert np.dot(one.embedding, other.embedding) >= tolerance.cosine
    if one.landmarks is not None:
        assert other.landmarks is not None
        np.testing.assert_allclose(one.landmarks, other.landmarks, atol=tolerance.landmark)


def golden_of(name: str, subject: Subject) -> list[Detection]:
    content = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return msgspec.convert(content["pictures"][subject.name], list[Detection])


@pytest.mark.parametrize(
    ("name", "precision"),
    [(name, precision) for name, model in MANIFESTS.items() for precision in model.precisions],
)
def test_the_default_precision_agrees_with_f32(test_data: Path, name: str, precision: str) -> None:
    stored = resolve("", [test_data / "models"], model=f"{name}/{precision}")
    assert isinstance(stored, StoredModel)
    engine = load_engine(stored, CompileOptions())
    tolerance = INTEGERS if engine.info.precision == "INT8" else FLOATS
    for subject in subjects(MANIFESTS[name]):
        check(
            golden_of(name, subject),
            detect(engine, subject, test_data),
            MANIFESTS[name].score_threshold + tolerance.margin,
            tolerance,
        )
    engine.close()


def test_every_model_has_a_golden_file_with_detections() -> None:
    for name, manifest in MANIFESTS.items():
        assert any(golden_of(name, subject) for subject in subjects(manifest)), name
