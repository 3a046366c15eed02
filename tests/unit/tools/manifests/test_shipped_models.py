"""Tasks that the images serve by themselves."""

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


def test_cascades_and_models_of_our_own_need_no_download() -> None:
    assert needing_download(["face", "people", "car"], TASKS) == ["car"]


def test_a_pair_needs_one_when_either_half_does() -> None:
    assert needing_download(["people-reid", "car-reid"], TASKS) == ["car-reid"]
