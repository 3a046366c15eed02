"""A copy of the project without downloaded models, for processes that tests start.

The project searches its own `models/` last, so a model that a user has downloaded there would
change what a process under test runs.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from apps.vision.models.manifest import load_manifests

__all__ = ["copy_project", "project_without_downloads"]

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_without_downloads() -> Path:
    """Root of a copy that lasts as long as this process; start processes in this folder."""
    folder = Path(tempfile.mkdtemp(prefix="ei-project-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy_project(folder)
    return folder


def copy_project(target: Path) -> None:
    """Copy the packages, the manifests and the models that ship with the repository.

    Args:
        target: a folder; created if missing. Its `spa` and `kubernetes` are links to the originals.
    """
    target.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "apps", target / "apps")
    for name in ("spa", "kubernetes"):
        (target / name).symlink_to(ROOT / name)
    models = target / "models"
    models.mkdir()
    shutil.copy2(ROOT / "models" / "tasks.yaml", models)
    for name, manifest in load_manifests(ROOT / "models").items():
        source = ROOT / "models" / name
        (models / name).mkdir()
        shutil.copy2(source / "model.yaml", models / name)
        for precision in manifest.precisions:
            if manifest.ships(precision):
                shutil.copytree(source / precision, models / name / precision)
