"""Tasks that the images serve without downloaded models."""

from __future__ import annotations

from apps.vision.models.catalogue import TaskModels
from tools.manifests.shipped_models import needing_download

TASKS = {
    "face": TaskModels(candidates=("big/FP32", "haar-frontal-face")),
    "people": TaskModels(candidates=("big/FP32", "ei-street/FP32")),
    "car": TaskModels(candidates=("big/FP32",)),
    "reid": TaskModels(candidates=("ei-embedder/FP32",)),
    "people-reid": TaskModels(detect="people", embed="reid"),
    "car-reid": TaskModels(detect="car", embed="reid"),
}


def test_cascades_and_shipped_models_need_no_download() -> None:
    assert needing_download(["face", "people", "car"], TASKS) == ["car"]


def test_a_pair_of_models_needs_a_download_if_either_does() -> None:
    assert needing_download(["people-reid", "car-reid"], TASKS) == ["car-reid"]
