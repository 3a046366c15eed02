"""The protocol of a model family: code that reads the outputs of one kind of model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from apps.pipeline.messages import Detection
from apps.runtime.errors import ModelError
from apps.vision.models.engine import Outputs
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

__all__ = ["Family", "FamilyFactory", "ModelSignature", "manifest_mismatch", "wrong_outputs"]


@dataclass(frozen=True, slots=True)
class ModelSignature:
    """Properties of a loaded model file.

    Attributes:
        shapes: of the outputs, in order; -1 for a dynamic size.
        classes: number of classes including the background; 0 if unknown.
        background: class number of the background; -1 if unknown.
    """

    shapes: tuple[tuple[int, ...], ...]
    classes: int = 0
    background: int = -1


class Family(Protocol):
    """Reads the outputs of one kind of model."""

    def parse(self, outputs: Outputs, placement: InputPlacement) -> tuple[Detection, ...]:
        """Detections in 0..1 of the picture, best first."""


class FamilyFactory(Protocol):
    """Creates a family for one model."""

    def __call__(
        self, manifest: ModelManifest, names: Mapping[int, str], signature: ModelSignature
    ) -> Family:
        """The family of a model.

        Args:
            manifest: of the model.
            names: names of the classes to report, by number; others are omitted.
            signature: properties of the loaded file.

        Raises:
            ModelError: the file is not of this family, or its classes differ from the manifest.
        """


def manifest_mismatch(manifest: ModelManifest, why: str) -> ModelError:
    """The error for a file that differs from its manifest."""
    return ModelError(
        f"{manifest.name}: the file does not match family {manifest.family} in "
        f"models/{manifest.name}/model.yaml: {why}"
    )


def wrong_outputs(
    manifest: ModelManifest, signature: ModelSignature, expected: object
) -> ModelError:
    """The error for a file whose outputs have other shapes than the family expects."""
    found = list(signature.shapes)
    return manifest_mismatch(manifest, f"the outputs are {found}, expected {expected}")
