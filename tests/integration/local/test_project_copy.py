"""The copy of the project in which tests start processes."""

from __future__ import annotations

from pathlib import Path

from apps.vision.models.catalogue import MODELS
from apps.vision.models.manifest import load_manifests
from tests.support.project_copy import copy_project


def test_the_copy_has_every_manifest_and_only_the_models_that_ship(
    tmp_path: Path,
) -> None:
    copy_project(tmp_path)
    models = tmp_path / "models"

    assert load_manifests(models) == load_manifests(MODELS)
    shipped = {
        models / name / precision
        for name, manifest in load_manifests(models).items()
        for precision in manifest.precisions
        if manifest.ships(precision)
    }
    assert {path for path in models.glob("*/*") if path.is_dir()} == shipped
