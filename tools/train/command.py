"""Trains and deploys one model."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from apps.runtime.errors import ElasticError
from apps.vision.models.manifest import ModelManifest
from tools.train.detector.deployment import deploy_detector
from tools.train.detector.training import train_detector
from tools.train.embedder.deployment import deploy_embedder
from tools.train.embedder.training import train_embedder
from tools.train.loop import CHECKPOINT
from tools.train.settings import DetectorSettings, EmbedderSettings, load_settings

__all__ = ["run"]

_HERE = Path(__file__).resolve().parent


def run(asked: argparse.Namespace) -> int:
    """Train and deploy; returns the exit code: 0, or 2 for an error in config, data or files."""
    try:
        manifest = _detector(asked) if asked.kind == "detector" else _embedder(asked)
    except (ElasticError, ValueError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    folder = asked.to / manifest.name
    print(f"{folder} is complete: model files, model.yaml and README.md")
    return 0


def _detector(asked: argparse.Namespace) -> ModelManifest:
    settings = load_settings(asked.config or _HERE / "street-detector.yaml", DetectorSettings)
    checkpoint = asked.cache / settings.name / CHECKPOINT
    if not asked.deploy:
        checkpoint = train_detector(settings, asked.data, asked.cache, asked.processes)
    return deploy_detector(settings, checkpoint, asked.data, asked.cache, asked.to)


def _embedder(asked: argparse.Namespace) -> ModelManifest:
    settings = load_settings(asked.config or _HERE / "person-embedder.yaml", EmbedderSettings)
    checkpoint = asked.cache / settings.name / CHECKPOINT
    if not asked.deploy:
        checkpoint = train_embedder(settings, asked.data, asked.cache, asked.processes)
    return deploy_embedder(settings, checkpoint, asked.data, asked.cache, asked.to)
