"""The list of model families, and the engine of a resolved model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from apps.runtime.errors import ModelError
from apps.vision.models.catalogue import DetectorWithEmbedder, ResolvedModel, StoredModel
from apps.vision.models.detect_embed import DetectEmbedEngine
from apps.vision.models.engine import Engine
from apps.vision.models.families.boxes_labels import BoxesLabelsFamily
from apps.vision.models.families.embedding import EmbeddingFamily
from apps.vision.models.families.family import FamilyFactory
from apps.vision.models.families.landmarks import LandmarksFamily
from apps.vision.models.families.nanodet import NanoDetFamily
from apps.vision.models.families.ssd import SsdFamily
from apps.vision.models.families.yolox import YoloxFamily
from apps.vision.models.families.yunet import YuNetFamily
from apps.vision.models.files import verify
from apps.vision.models.haar import HaarCascade, HaarEngine
from apps.vision.models.model_engine import ModelEngine
from apps.vision.models.openvino_adapter import CompileOptions, InferenceAdapter
from apps.vision.models.stub import StubEngine, StubSpec

__all__ = ["FAMILIES", "load_engine"]

FAMILIES: Mapping[str, FamilyFactory] = {
    "boxes_labels": BoxesLabelsFamily,
    "embedding": EmbeddingFamily,
    "landmarks": LandmarksFamily,
    "nanodet": NanoDetFamily,
    "ssd": SsdFamily,
    "yolox": YoloxFamily,
    "yunet": YuNetFamily,
}


def load_engine(resolved: ResolvedModel, compilation: CompileOptions) -> Engine:
    """Check and compile a model that `apps.vision.models.catalogue.resolve` found.

    Raises:
        ModelError: the model is damaged, differs from its manifest, or cannot run on the device.
    """
    match resolved:
        case StoredModel():
            return _model_engine(resolved, compilation)
        case HaarCascade():
            return HaarEngine(resolved, compilation.slots or compilation.threads)
        case StubSpec():
            return StubEngine(resolved)
        case DetectorWithEmbedder():
            return DetectEmbedEngine(
                load_engine(resolved.detector, compilation),
                load_engine(resolved.embedder, compilation),
            )
    assert_never(resolved)


def _model_engine(stored: StoredModel, compilation: CompileOptions) -> ModelEngine:
    manifest = stored.manifest
    make = FAMILIES.get(manifest.family)
    if make is None:
        raise ModelError(
            f"models/{manifest.name}/model.yaml: unknown family {manifest.family}; use one of "
            f"{', '.join(sorted(FAMILIES))}"
        )
    keep, labels = stored.keep, manifest.labels
    names = {number: label for number, label in labels.items() if not keep or label in keep}
    verify(manifest, stored.precision, stored.paths)
    asked = replace(compilation, run_precision=stored.run_precision)
    adapter = InferenceAdapter(manifest, stored.precision, stored.paths[0], asked)
    family = make(manifest, names, adapter.signature)
    return ModelEngine(manifest, tuple(dict.fromkeys(names.values())), adapter, family)
