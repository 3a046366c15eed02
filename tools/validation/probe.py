"""One model file with a variable manifest, for the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from apps.pipeline.messages import Detection
from apps.runtime.errors import ModelError
from apps.vision.image import Picture
from apps.vision.models.families.family import ModelSignature
from apps.vision.models.manifest import ModelInput, ModelManifest
from apps.vision.models.model_engine import ModelEngine
from apps.vision.models.openvino_adapter import CompileOptions, InferenceAdapter
from apps.vision.models.registry import FAMILIES

__all__ = ["Probe", "families_that_fit"]

#: Number of class numbers that get a name, so that unlabelled ones are found.
_NUMBERS = 1000


@dataclass(frozen=True, slots=True)
class Probe:
    """A model whose manifest can be varied.

    Attributes:
        manifest: original manifest or a variant.
        precision: precision of the file.
        path: model file.
        threads: threads of the device.
    """

    manifest: ModelManifest
    precision: str
    path: Path
    threads: int = 1

    def varied(self, **input_fields: object) -> Probe:
        """The same file with other input fields."""
        fields = msgspec.structs.asdict(self.manifest.input) | input_fields
        manifest = msgspec.structs.replace(self.manifest, input=ModelInput(**fields))
        return replace(self, manifest=manifest)

    def least(self, score: float) -> Probe:
        """The same model with this score threshold."""
        return replace(self, manifest=msgspec.structs.replace(self.manifest, score_threshold=score))

    def engine(self, names: Mapping[int, str] | None = None) -> ModelEngine:
        """An engine for it.

        Args:
            names: classes by number; None for the manifest's.

        Raises:
            ModelError: OpenVINO or the family refuses the model.
        """
        manifest = self.manifest
        names = manifest.labels if names is None else names
        make = FAMILIES.get(manifest.family)
        if make is None:
            known = ", ".join(sorted(FAMILIES))
            raise ModelError(f"Unknown family {manifest.family}; known are {known}")
        adapter = self.adapter()
        family = make(manifest, names, adapter.signature)
        return ModelEngine(manifest, tuple(names.values()), adapter, family)

    def adapter(self) -> InferenceAdapter:
        """The compiled file, whatever its family.

        Raises:
            ModelError: OpenVINO cannot read the file, or its input differs.
        """
        return InferenceAdapter(
            self.manifest, self.precision, self.path, CompileOptions(threads=self.threads)
        )

    def numbers(self, pictures: Sequence[Picture]) -> dict[int, float]:
        """Best score by class number in the outputs."""
        engine = self.least(0.05).engine({number: str(number) for number in range(_NUMBERS)})
        best: dict[int, float] = {}
        for found in detections(engine, pictures):
            best[int(found.label)] = max(best.get(int(found.label), 0.0), found.score)
        engine.close()
        return best


def detections(engine: ModelEngine, pictures: Sequence[Picture]) -> list[Detection]:
    """All detections in some pictures."""
    return [found for picture in pictures for found in engine.infer(picture)]


def families_that_fit(manifest: ModelManifest, signature: ModelSignature) -> list[str]:
    """Families that accept outputs of these shapes."""
    fitting = []
    for name, make in sorted(FAMILIES.items()):
        try:
            make(manifest, manifest.labels, signature)
        except ModelError:
            continue
        fitting.append(name)
    return fitting
