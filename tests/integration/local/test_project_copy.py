"""The copy of the project in which tests start processes."""

from __future__ import annotations

from apps.vision.models.catalogue import MODELS
from apps.vision.models.manifest import load_manifests
from tests.support.project_copy import project_without_downloads


def test_the_copy_has_every_manifest_and_only_the_models_that_ship() -> None:
    models = project_without_downloads() / "models"

    assert load_manifests(models) == load_manifests(MODELS)
    shipped = {
        models / name / precision
        for name, manifest in load_manifests(models).items()
        for precision in manifest.precisions
        if manifest.ships(precision)
    }
    assert {path for path in models.glob("*/*") if path.is_dir()} == shipped
