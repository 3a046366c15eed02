"""The model of a task, from `models/tasks.yaml` and the model files that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from msgspec import Struct

from apps.runtime.errors import ModelError
from apps.vision.models.files import find_files
from apps.vision.models.haar import CASCADES, HaarCascade
from apps.vision.models.manifest import ModelManifest, load_manifests, read_as
from apps.vision.models.stub import StubSpec

__all__ = [
    "MODELS",
    "DetectorWithEmbedder",
    "ResolvedModel",
    "StoredModel",
    "TaskModels",
    "better",
    "fallback",
    "load_tasks",
    "resolve",
]

#: Manifests and tasks of the project; `tools/download-models.sh` puts model files here.
MODELS = Path(__file__).resolve().parents[3] / "models"


class TaskModels(Struct, frozen=True, forbid_unknown_fields=True):
    """The models of one task; see `models/tasks.yaml`.

    Attributes:
        candidates: `<model>/<precision>` or the name of a cascade, best first.
        run: precision of the computation; empty for the device's choice.
        keep: classes to report; empty for all.
        detect: task of the detector, together with `embed`.
        embed: task of the embedder; empty for a task without embeddings.
    """

    candidates: tuple[str, ...] = ()
    run: Literal["", "f32", "f16", "bf16"] = ""
    keep: tuple[str, ...] = ()
    detect: str = ""
    embed: str = ""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model with its files.

    Attributes:
        manifest: of the model.
        precision: of the files.
        paths: files in the order of the manifest.
        run_precision: precision of the computation; empty for the device's choice.
        keep: classes to report; empty for all.
    """

    manifest: ModelManifest
    precision: str
    paths: tuple[Path, ...]
    run_precision: str = ""
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DetectorWithEmbedder:
    """A detector, and an embedder for its detections, in one worker."""

    detector: StoredModel | HaarCascade
    embedder: StoredModel


ResolvedModel = StoredModel | HaarCascade | StubSpec | DetectorWithEmbedder


def load_tasks(path: Path) -> dict[str, TaskModels]:
    """Read `tasks.yaml`.

    Raises:
        ModelError: the file cannot be read, or a field is unknown or of the wrong type.
    """
    return read_as(path, dict[str, TaskModels])


def resolve(task: str, directories: Sequence[Path], *, model: str = "") -> ResolvedModel:
    """The model of a task: the first candidate whose files exist.

    Args:
        task: name of a task.
        directories: folders with model files, in order of preference; the project's `models/` is
            always searched last.
        model: model to use instead: `<model>/<precision>`, `<model>` for the first precision that
            exists, a cascade, `<detector>+<embedder>` (models or tasks), or
            `stub:slots=2,ms=50`.

    Raises:
        ModelError: no model of the task exists; the text names the download command.
    """
    searched = (*directories, MODELS)
    if model.startswith("stub"):
        return StubSpec.parse(model)
    if model:
        return _Search(searched).model(model)
    return _Search(searched).task(task)


def better(task: str, used: ResolvedModel, directories: Sequence[Path] = ()) -> str:
    """The better model that could be downloaded for a task.

    Args:
        task: name of a task.
        used: the model in use.
        directories: as for `resolve`.

    Returns:
        `<model>/<precision>` of the best candidate that is not downloaded; two models joined by
        `+` if both detector and embedder could be better. Empty if there is no better model, or
        if the model in use was downloaded or is a stub.
    """
    return _Search((*directories, MODELS)).better(task, used)


def fallback(task: str) -> HaarCascade | None:
    """The engine of a task that needs no model file; None if there is none."""
    return CASCADES["haar-frontal-face"] if task.startswith("face") else None


@cache
def _manifests() -> Mapping[str, ModelManifest]:
    return load_manifests(MODELS)


def _needs_no_download(used: StoredModel | HaarCascade) -> bool:
    return isinstance(used, HaarCascade) or used.manifest.ships(used.precision)


class _Search:
    """One search through the directories."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = directories
        self._tasks = load_tasks(MODELS / "tasks.yaml")

    def task(self, name: str) -> ResolvedModel:
        task = self._tasks.get(name)
        if task is None:
            raise ModelError(
                f"{name}: unknown task; models/tasks.yaml has {', '.join(sorted(self._tasks))}"
            )
        if task.embed:
            return self._pair(task.detect, task.embed)
        for candidate in task.candidates:
            found = self._stored(candidate, task)
            if found is not None:
                return found
        raise ModelError(
            f"{name}: no model of this task is available; download one with "
            f"`tools/download-models.sh --task {name}`, or pass a folder with --models"
        )

    def model(self, spec: str) -> StoredModel | HaarCascade | DetectorWithEmbedder:
        detector, plus, embedder = spec.partition("+")
        if plus:
            return self._pair(detector, embedder)
        found = self._stored(spec, TaskModels())
        if found is None:
            name, _, precision = spec.partition("/")
            wanted = f" --precision {precision}" if precision else ""
            raise ModelError(
                f"{spec}: the model files are missing; download them with "
                f"`tools/download-models.sh --model {name}{wanted}`"
            )
        return found

    def better(self, name: str, used: ResolvedModel) -> str:
        task = self._tasks.get(name, TaskModels())
        if isinstance(used, DetectorWithEmbedder):
            pairs = ((task.detect, used.detector), (task.embed, used.embedder))
            return "+".join(filter(None, (self.better(*pair) for pair in pairs)))
        if isinstance(used, StubSpec) or not _needs_no_download(used):
            return ""
        return next(filter(self._is_download, self._before(task.candidates, used)), "")

    def _before(self, candidates: Sequence[str], used: StoredModel | HaarCascade) -> Sequence[str]:
        """The candidates before the model in use; all if it is not a candidate."""
        spec = (
            used.name if isinstance(used, HaarCascade) else f"{used.manifest.name}/{used.precision}"
        )
        return candidates[: candidates.index(spec)] if spec in candidates else candidates

    def _is_download(self, candidate: str) -> bool:
        """Whether a candidate needs a download and is not downloaded."""
        if candidate in CASCADES:
            return False
        name, _, precision = candidate.partition("/")
        ships = _manifests()[name].ships(precision)
        return not ships and self._stored(candidate, TaskModels()) is None

    def _pair(self, detector: str, embedder: str) -> DetectorWithEmbedder:
        first, second = (
            self.task(name) if name in self._tasks else self.model(name)
            for name in (detector, embedder)
        )
        if isinstance(first, StoredModel | HaarCascade) and isinstance(second, StoredModel):
            return DetectorWithEmbedder(first, second)
        raise ModelError(f"{detector}+{embedder}: use a detector and an embedder")

    def _stored(self, candidate: str, task: TaskModels) -> StoredModel | HaarCascade | None:
        if candidate in CASCADES:
            return CASCADES[candidate]
        name, _, wanted = candidate.partition("/")
        manifest = _manifests().get(name)
        if manifest is None or (wanted and wanted not in manifest.precisions):
            raise ModelError(f"{candidate}: unknown model; see the folders of models/")
        for precision in (wanted,) if wanted else manifest.precisions:
            paths = find_files(manifest, precision, self._directories)
            if paths is not None:
                return StoredModel(manifest, precision, paths, task.run, task.keep)
        return None
