"""Training of a detector."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch

from tools.train.detector.data import DetectorData, gather
from tools.train.detector.learner import DetectorLearner
from tools.train.loop import learn
from tools.train.settings import DetectorSettings

__all__ = ["train_detector"]


def train_detector(settings: DetectorSettings, data: Path, cache: Path, processes: int = 0) -> Path:
    """Train according to the settings; continues at the last checkpoint.

    Args:
        settings: of the detector.
        data: folder that the settings' paths are relative to.
        cache: folder for what is drawn, decoded and learnt.
        processes: on a CPU; 0 for one per core.

    Returns:
        The checkpoint.
    """
    gathered = gather(settings, data, cache)
    print(f"{settings.name}: learns from {len(gathered.samples)} pictures", flush=True)
    make = partial(_learner, settings, gathered)
    return learn(make, settings.schedule, cache / settings.name, processes)


def _learner(
    settings: DetectorSettings, data: DetectorData, device: torch.device
) -> DetectorLearner:
    return DetectorLearner(settings, data.samples, data.weights, data.store, device)
