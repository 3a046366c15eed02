"""Training of an embedder."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch

from tools.train.embedder.data import known_people, real_people
from tools.train.embedder.learner import EmbedderLearner, KnownPeople, RealPeople
from tools.train.loop import learn
from tools.train.settings import EmbedderSettings

__all__ = ["train_embedder"]


def train_embedder(settings: EmbedderSettings, data: Path, cache: Path, processes: int = 0) -> Path:
    """Train according to the settings; arguments and result as for `train_detector`."""
    known, real = known_people(settings, cache), real_people(settings, data, cache)
    print(
        f"{settings.name}: learns from {len(known.crops)} views of "
        f"{known.identities.max() + 1} drawn people and {len(real.crops) if real else 0} real ones",
        flush=True,
    )
    make = partial(_learner, settings, known, real)
    return learn(make, settings.schedule, cache / settings.name, processes)


def _learner(
    settings: EmbedderSettings, known: KnownPeople, real: RealPeople | None, device: torch.device
) -> EmbedderLearner:
    return EmbedderLearner(
        known, real, length=settings.length, size=(settings.width, settings.height), device=device
    )
