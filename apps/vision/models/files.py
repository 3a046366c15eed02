"""Model files on disk: where they are looked for, and whether they are what the manifest says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from apps.runtime.errors import ModelError
from apps.vision.models.manifest import ModelFile, ModelManifest

__all__ = ["checksum_problem", "find_files", "places", "verify"]

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def places(name: str, precision: str) -> tuple[str, ...]:
    """Where below a folder the files of a model may lie: as downloaded, or in its mirrors."""
    return f"omz/{name}/{precision}", f"{name}/{precision}", "generic", "reid"


def find_files(
    manifest: ModelManifest, precision: str, directories: Sequence[Path]
) -> tuple[Path, ...] | None:
    """All files of one precision, out of the first place that has them.

    In each directory the `places` are tried in their order.
    """
    wanted = manifest.precisions.get(precision, ())
    for directory in directories:
        for place in places(manifest.name, precision):
            paths = tuple(directory / place / entry.file for entry in wanted)
            if paths and all(path.is_file() for path in paths):
                return paths
    return None


def verify(manifest: ModelManifest, precision: str, paths: Sequence[Path]) -> None:
    """Check files against the manifest: size, then SHA-256 (some milliseconds for these sizes).

    Raises:
        ModelError: one line that says which file is wrong, how, and what to do.
    """
    for entry, path in zip(manifest.precisions[precision], paths, strict=True):
        problem = checksum_problem(entry, path, manifest.refused)
        if problem:
            raise ModelError(
                f"{path}: {problem}; get the right one with "
                f"`tools/download-models.sh --model {manifest.name} --precision {precision}`"
            )


def checksum_problem(entry: ModelFile, path: Path, refused: Mapping[str, str]) -> str:
    """What is wrong with a file, as the rest of a sentence about it; empty if it is right."""
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
        return f"is truncated or another file: {len(content)} bytes of {entry.size}"
    if checksum != entry.sha256:
        return "is another file than the manifest names (wrong SHA-256)"
    return ""
