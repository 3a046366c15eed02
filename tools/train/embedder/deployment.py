"""Deployment of a trained embedder: converts, quantises, measures, writes to `models/`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import openvino as ov

from apps.vision.models.manifest import ModelInput, ModelManifest
from tools.train.card import embedder_card
from tools.train.convert import convert, quantise
from tools.train.embedder.data import Seen, known_people, real_people, seen_people
from tools.train.embedder.learner import (
    LearntEmbedder,
    middle_of,
)
from tools.train.loop import load_average
from tools.train.package import lay_down, manifest_of
from tools.train.settings import EmbedderSettings

__all__ = ["deploy_embedder", "rank_one"]

Tensor = npt.NDArray[np.float32]

#: Views that show how large the network's numbers grow.
_CALIBRATION = 256


class _View(NamedTuple):
    """A view and who it shows, as quantisation hands it round."""

    tensor: Tensor
    person: tuple[int, int]
    camera: tuple[str, int]


def deploy_embedder(
    settings: EmbedderSettings, checkpoint: Path, data: Path, cache: Path, models: Path
) -> ModelManifest:
    """Convert, quantise and measure a checkpoint, and write `<models>/<name>/`.

    Args:
        settings: of the embedder.
        checkpoint: of its training.
        data: folder that the settings' paths are relative to.
        cache: as for `train_embedder`.
        models: folder of models.
    """
    known = known_people(settings, cache)
    learnt = LearntEmbedder(settings.length, int(known.identities.max()) + 1)
    network = load_average(checkpoint, learnt).embedder
    exact = convert(network, settings.width, settings.height)
    rng = np.random.default_rng(0)
    real = real_people(settings, data, cache)
    crops = [known.crops[n] for n in rng.choice(len(known.crops), _CALIBRATION // 2)]
    if real is not None:
        crops += [real.crops[n] for n in rng.choice(len(real.crops), _CALIBRATION // 2)]
    calibration = [_tensor(crop, settings) for crop in crops]
    views = [_as_view(seen, settings) for seen in seen_people(settings, cache)]
    integers = quantise(exact, calibration, views, rank_one)
    ranks = {"FP16": _measured(exact, views), "FP16-INT8": _measured(integers, views)}
    manifest = manifest_of(
        settings.name,
        "embedding",
        ("person",),
        ModelInput(settings.width, settings.height),
        licence=settings.licence,
        origin=settings.origin,
        tasks=settings.tasks,
    )
    card = embedder_card(settings, ranks, len(views), len({view.person for view in views}))
    return lay_down(manifest, {"FP16": exact, "FP16-INT8": integers}, card, models / settings.name)


def rank_one(run: Callable[[Tensor], Tensor], views: Sequence[_View]) -> float:
    """Share of views whose most alike view in another camera shows the same person.

    Args:
        run: from input to vector.
        views: of people; those whom only one camera sees are not asked for.
    """
    vectors = np.concatenate([run(view.tensor).reshape(1, -1) for view in views])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = vectors @ vectors.T
    asked = right = 0
    for number, view in enumerate(views):
        others = [
            n for n, other in enumerate(views)
            if other.camera[0] == view.camera[0] and other.camera[1] != view.camera[1]
        ]  # fmt: skip
        if not any(views[n].person == view.person for n in others):
            continue
        asked += 1
        best = max(others, key=lambda n: alike[number, n])
        right += views[best].person == view.person
    return right / max(asked, 1)


def _measured(model: ov.Model, views: Sequence[_View]) -> float:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return rank_one(lambda tensor: np.asarray(compiled(tensor)[0]), views)


def _as_view(seen: Seen, settings: EmbedderSettings) -> _View:
    return _View(_tensor(seen.crop, settings), seen.person, seen.camera)


def _tensor(crop: npt.NDArray[np.uint8], settings: EmbedderSettings) -> Tensor:
    pixels = middle_of(crop, (settings.width, settings.height))
    return pixels.transpose(2, 0, 1)[None].astype(np.float32)
