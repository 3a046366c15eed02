"""A model to measure, and its engines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from apps.runtime.errors import ModelError
from apps.vision.models.catalogue import MODELS, StoredModel, load_tasks, resolve
from apps.vision.models.engine import Engine
from apps.vision.models.files import find_files
from apps.vision.models.haar import HaarCascade
from apps.vision.models.manifest import load_manifest
from apps.vision.models.openvino_adapter import CompileOptions
from apps.vision.models.registry import load_engine
from tools.evaluation.hog import HOG, HogEngine

__all__ = ["Candidate", "find_candidate"]

#: Average precision needs detections with low scores as well.
_LEAST_SCORE = 0.01
_PRECISIONS = ("f32", "f16", "bf16")
#: Weights of HOG: smallest weight, and weight of a reported detection.
_LEAST_WEIGHT, _USUAL_WEIGHT = 0.0, 0.6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model to measure.

    Attributes:
        name: `<model>/<precision>`, with a suffix such as `@f32` for a set inference precision; or
            the name of an OpenCV detector.
        model: its files, or the detector; None for HOG.
    """

    name: str
    model: StoredModel | HaarCascade | None

    @property
    def embeds(self) -> bool:
        """Whether the model is an embedder."""
        return isinstance(self.model, StoredModel) and self.model.manifest.family == "embedding"

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes of its detections."""
        if isinstance(self.model, StoredModel):
            labels = dict.fromkeys(self.model.manifest.labels.values())
            return tuple(name for name in labels if not self.model.keep or name in self.model.keep)
        return (self.model.label,) if self.model else ("person",)

    @property
    def threshold(self) -> float:
        """Score threshold of the pipeline, 0..1."""
        if isinstance(self.model, StoredModel):
            return self.model.manifest.score_threshold
        return 0.0 if self.model else 1 / (1 + math.exp(-_USUAL_WEIGHT))

    @property
    def size(self) -> int:
        """Bytes of its files; 0 for OpenCV detectors."""
        stored = self.model if isinstance(self.model, StoredModel) else None
        return sum(path.stat().st_size for path in stored.paths) if stored else 0

    def engine(self, compilation: CompileOptions, *, everything: bool = False) -> Engine:
        """Load an engine for the model.

        Args:
            compilation: compilation options.
            everything: report detections far below the threshold as well.

        Raises:
            ModelError: The model is damaged or does not match its manifest.
        """
        if self.model is None:
            least = _LEAST_WEIGHT if everything else _USUAL_WEIGHT
            return HogEngine(compilation.slots or compilation.threads, least)
        model = self.model
        if everything and isinstance(model, StoredModel):
            manifest = msgspec.structs.replace(model.manifest, score_threshold=_LEAST_SCORE)
            model = replace(model, manifest=manifest)
        return load_engine(model, compilation)


def find_candidate(text: str, folders: Sequence[Path]) -> Candidate:
    """Find a model.

    Args:
        text: a task, `<model>/<precision>`, `<model>`, the path of a folder with a `model.yaml`
            (then its files lie below it), a cascade, or `opencv-hog`; each with an optional suffix
            `@f32`, `@bf16` or `@f16` for the inference precision.
        folders: folders with model files, in addition to `models/`.

    Raises:
        ModelError: The model is unknown, or its files are missing.
    """
    spec, at, run = text.partition("@")
    if at and run not in _PRECISIONS:
        raise ModelError(f"{text}: Write one of {', '.join(_PRECISIONS)} after the @")
    if spec == HOG:
        return Candidate(HOG, None)
    found = _found(spec, folders)
    if isinstance(found, HaarCascade):
        return Candidate(found.name, found)
    if found.manifest.family == "landmarks":
        raise ModelError(f"{text}: Landmark models cannot be measured")
    found = replace(found, run_precision=run or found.run_precision)
    tail = f"@{found.run_precision}" if found.run_precision else ""
    return Candidate(f"{found.manifest.name}/{found.precision}{tail}", found)


def _found(spec: str, folders: Sequence[Path]) -> StoredModel | HaarCascade:
    if (Path(spec) / "model.yaml").is_file():
        return _in_folder(Path(spec))
    is_task = spec in load_tasks(MODELS / "tasks.yaml")
    answer = resolve(spec, folders) if is_task else resolve("", folders, model=spec)
    if not isinstance(answer, StoredModel | HaarCascade):
        raise ModelError(f"{spec}: This task combines several models; measure each separately")
    return answer


def _in_folder(folder: Path) -> StoredModel:
    """The first precision whose files are in the folder of the model."""
    manifest = load_manifest(folder / "model.yaml")
    for precision in manifest.precisions:
        paths = find_files(manifest, precision, [folder.parent])
        if paths is not None:
            return StoredModel(manifest, precision, paths)
    raise ModelError(
        f"{folder}: No precision has all of its files; put them into {folder}/<precision>/"
    )
