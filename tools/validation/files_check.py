"""Check of the files: presence, size and checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from apps.vision.models.files import checksum_problem, model_folders
from apps.vision.models.manifest import ModelManifest
from tools.validation.finding import CheckResult, good, problem

__all__ = ["check_files"]


def check_files(
    manifest: ModelManifest, precision: str, folder: Path, paths: tuple[Path, ...] | None
) -> Iterator[CheckResult]:
    """Check the files of one precision.

    Args:
        manifest: manifest of the model.
        precision: precision to check.
        folder: expected folder.
        paths: paths of the files; None if one is missing.
    """
    entries = manifest.precisions[precision]
    if paths is None:
        places = model_folders(manifest.name, precision)[:2]
        where = " or ".join(f"{folder}/{place}" for place in places)
        names = ", ".join(entry.file for entry in entries)
        yield problem("files", f"{names} must lie together in {where}; put them there")
        return
    wrong = False
    for entry, path in zip(entries, paths, strict=True):
        text = checksum_problem(entry, path, manifest.refused)
        if text:
            wrong = True
            yield problem("files", f"{path.name} {text}. {_advice(manifest, path)}")
    if not wrong:
        total = sum(path.stat().st_size for path in paths) / 1e6
        yield good("files", f"{len(paths)} files, {total:.2f} MB, sizes and checksums right")


def _advice(manifest: ModelManifest, path: Path) -> str:
    """Advice for a file that does not match the manifest."""
    content = path.read_bytes()
    checksum = hashlib.sha256(content).hexdigest()
    if checksum in manifest.refused or content.startswith(b"version https://git-lfs"):
        return "Download the file from its publisher"
    return f"If it is the intended file, write size: {len(content)} and sha256: {checksum}"
