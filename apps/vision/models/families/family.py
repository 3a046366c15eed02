"""What a model family is: the code that reads the outputs of one kind of model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from apps.pipeline.messages import Detection
from apps.runtime.errors import ModelError
from apps.vision.models.engine import Outputs
from apps.vision.models.fit import InputPlacement
from apps.vision.models.manifest import ModelManifest

__all__ = ["Family", "FamilyFactory", "ModelSignature", "manifest_mismatch"]


@dataclass(frozen=True, slots=True)
class ModelSignature:
    """What a loaded model says of itself.

    Attributes:
        shapes: of the outputs in order; -1 where a size is only known when it runs.
        classes: number of classes, background included, if the model names it; else 0.
        background: number of the class that means "nothing", if the model names it; else -1.
    """

    shapes: tuple[tuple[int, ...], ...]
    classes: int = 0
    background: int = -1


class Family(Protocol):
    """Reads the outputs of one kind of model."""

    def parse(self, outputs: Outputs, placement: InputPlacement) -> tuple[Detection, ...]:
        """Detections in 0..1 of the picture, best first."""


class FamilyFactory(Protocol):
    """Makes a family for one model."""

    def __call__(
        self, manifest: ModelManifest, names: Mapping[int, str], signature: ModelSignature
    ) -> Family:
        """The reader for a model.

        Args:
            manifest: of the model.
            names: the classes that are wanted, by number; the others are left out.
            signature: what the loaded file says of itself.

        Raises:
            ModelError: the file is not of this family, or its classes are not the manifest's.
        """


def manifest_mismatch(manifest: ModelManifest, why: str) -> ModelError:
    """The error of a file that is not what its manifest says."""
    return ModelError(
        f"{manifest.name}: not a model of the family {manifest.family} as "
        f"models/{manifest.name}/model.yaml says: {why}"
    )
