"""Model files: their locations and the check against the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from apps.runtime.errors import ModelError
from apps.vision.models.manifest import ModelFile, ModelManifest

__all__ = ["checksum_problem", "find_files", "model_folders", "verify"]

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def model_folders(name: str, precision: str) -> tuple[str, ...]:
    """Subfolders that may contain the files of a model: as downloaded, or as in a mirror."""
    return f"omz/{name}/{precision}", f"{name}/{precision}", "generic", "reid"


def find_files(
    manifest: ModelManifest, precision: str, directories: Sequence[Path]
) -> tuple[Path, ...] | None:
    """The files of one precision from the first folder that has them all; None if none has.

    Each directory is searched in the order of `model_folders`.
    """
    wanted = manifest.precisions.get(precision, ())
    for directory in directories:
        for folder in model_folders(manifest.name, precision):
            paths = tuple(directory / folder / entry.file for entry in wanted)
            if paths and all(path.is_file() for path in paths):
                return paths
    return None


def verify(manifest: ModelManifest, precision: str, paths: Sequence[Path]) -> None:
    """Check the size and SHA-256 of files against the manifest; takes some milliseconds.

    Raises:
        ModelError: a file is wrong; the text names it and the command to download it.
    """
    for entry, path in zip(manifest.precisions[precision], paths, strict=True):
        problem = checksum_problem(entry, path, manifest.refused)
        if problem:
            raise ModelError(
                f"{path}: {problem}; download the right one with "
                f"`tools/download-models.sh --model {manifest.name} --precision {precision}`"
            )


def checksum_problem(entry: ModelFile, path: Path, refused: Mapping[str, str]) -> str:
    """The problem of a file, as a predicate such as "is truncated"; empty if there is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if content.startswith(_LFS_POINTER):
        return "is a Git-LFS pointer, not the model itself"
    checksum = hashlib.sha256(content).hexdigest()
    if checksum in refused:
        return refused[checksum]
    if len(content) < entry.size:
        return f"is truncated or a different file: {len(content)} bytes of {entry.size}"
    if checksum != entry.sha256:
        return "differs from the manifest (wrong SHA-256)"
    return ""
