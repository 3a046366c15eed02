"""Files of tasks, models and sample videos, and their download addresses."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import yaml
from msgspec import Struct

from apps.local.models.download import WantedFile
from apps.runtime.errors import DownloadError
from apps.vision.models.catalogue import MODELS, TaskModels, load_tasks
from apps.vision.models.files import model_folders
from apps.vision.models.haar import CASCADES
from apps.vision.models.manifest import ModelManifest, load_manifests

__all__ = ["ModelChoice", "SampleVideo", "choose", "load_videos", "model_files", "video_file"]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """One precision of one model."""

    manifest: ModelManifest
    precision: str


class SampleVideo(Struct, frozen=True, forbid_unknown_fields=True):
    """A sample video."""

    file: str  #: file name
    url: str  #: official address at a fixed commit
    shows: str  #: short description of the content
    size: int = 0  #: bytes; 0 if unknown
    sha256: str = ""  #: hexadecimal; empty if unknown


def choose(
    tasks: Sequence[str], models: Sequence[str], precisions: Sequence[str]
) -> list[ModelChoice]:
    """Models to download for tasks and models, without duplicates.

    Args:
        tasks: task names. Of each, the best candidate that is not in the repository is chosen;
            with `precisions`, the best candidate of each precision.
        models: model names. Of each, all precisions or those in `precisions` are chosen.
        precisions: names as in the manifests; empty for all.

    Raises:
        DownloadError: A task, model or precision does not exist.
    """
    manifests, known = load_manifests(MODELS), load_tasks(MODELS / "tasks.yaml")
    shipped = {
        f"{name}/{precision}"
        for name, manifest in manifests.items()
        for precision in manifest.precisions
        if manifest.ships(precision)
    }
    specs: list[str] = []
    for task in tasks:
        specs += _specs_of_task(task, known, precisions, shipped)
    for model in models:
        if model not in manifests:
            raise DownloadError(f"{model}: Unknown model; --list shows all models")
        offered = list(manifests[model].precisions)
        specs += [f"{model}/{p}" for p in offered if not precisions or p in precisions]
        if precisions and not set(precisions) & set(offered):
            raise DownloadError(f"{model}: Available precisions are {', '.join(offered)}")
    return [_choice(spec, manifests) for spec in dict.fromkeys(specs)]


def model_files(choice: ModelChoice, folder: Path, mirror: str) -> list[WantedFile]:
    """Files to download for one choice; none if the repository contains them.

    Args:
        choice: model and precision.
        folder: the files are stored in `<folder>/<name>/<precision>/`.
        mirror: folder or address to use instead of the official address; empty for none.
    """
    name, precision = choice.manifest.name, choice.precision
    if choice.manifest.ships(precision):
        return []
    return [
        WantedFile(
            target=folder / name / precision / entry.file,
            addresses=_mirrored(mirror, model_folders(name, precision), entry.file) or (entry.url,),
            size=entry.size,
            sha256=entry.sha256,
            sha384=entry.sha384,
        )
        for entry in choice.manifest.precisions[precision]
    ]


def load_videos(path: Path) -> list[SampleVideo]:
    """Read the list of sample videos.

    Raises:
        DownloadError: The file cannot be read, or a field is invalid.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return msgspec.convert(content, list[SampleVideo])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise DownloadError(f"{path}: {' '.join(str(error).split())}") from error


def video_file(video: SampleVideo, folder: Path, mirror: str) -> WantedFile:
    """File to download for one video; arguments as for `model_files`."""
    where = ("videos/core", "videos/extra", "videos", "sample-videos", "")
    return WantedFile(
        target=folder / video.file,
        addresses=_mirrored(mirror, where, video.file) or (video.url,),
        size=video.size,
        sha256=video.sha256,
    )


def _specs_of_task(
    task: str, known: Mapping[str, TaskModels], precisions: Sequence[str], shipped: Container[str]
) -> list[str]:
    if task not in known:
        raise DownloadError(f"{task}: Unknown task; known tasks are {', '.join(sorted(known))}")
    entry = known[task]
    if entry.embed:
        return [
            spec for part in (entry.detect, entry.embed)
            for spec in _specs_of_task(part, known, precisions, shipped)
        ]  # fmt: skip
    candidates = [spec for spec in entry.candidates if spec not in CASCADES and spec not in shipped]
    if not precisions:
        return candidates[:1]
    chosen = [
        next((spec for spec in candidates if spec.endswith(f"/{precision}")), "")
        for precision in precisions
    ]
    if not any(chosen):
        raise DownloadError(
            f"{task}: No candidate has precision {' or '.join(precisions)}; see --list"
        )
    return [spec for spec in chosen if spec]


def _choice(spec: str, manifests: Mapping[str, ModelManifest]) -> ModelChoice:
    name, _, precision = spec.partition("/")
    return ModelChoice(manifests[name], precision)


def _mirrored(mirror: str, where: Sequence[str], file: str) -> tuple[str, ...]:
    """All addresses to try at a mirror, because its layout is unknown."""
    if not mirror:
        return ()
    root = mirror.rstrip("/")
    return tuple(
        "/".join(filter(None, (root, above, place, file)))
        for place in where
        for above in ("", "models")
    )
