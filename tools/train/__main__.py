"""The command: `tools/train.sh detector|embedder`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from apps.runtime.errors import ElasticError
from apps.vision.models.catalogue import MODELS
from apps.vision.models.manifest import ModelManifest
from tools.train.detector import train_detector
from tools.train.detector_deployment import deploy_detector
from tools.train.embedder import train_embedder
from tools.train.embedder_deployment import deploy_embedder
from tools.train.loop import CHECKPOINT
from tools.train.settings import DetectorSettings, EmbedderSettings, load_settings

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]

_EXAMPLES = """examples:
  train.sh detector                                  the detector that ships with the project
  train.sh embedder                                  its embedder
  train.sh detector --config mine.yaml --data mine   your own classes and pictures
  train.sh detector --config mine.yaml --deploy      only convert what is already learnt

It goes on where it was stopped; delete the folder of the model in the cache to begin anew.
docs/howto/train-a-model.md says what stands in a config.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Train and deploy; the exit code: 0 well, 2 when what was asked for cannot be done."""
    asked = _parser().parse_args(argv)
    try:
        manifest = _detector(asked) if asked.kind == "detector" else _embedder(asked)
    except (ElasticError, ValueError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    folder = asked.to / manifest.name
    print(f"{folder} is ready: files, model.yaml and README.md")
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.sh",
        description="Train a small model from scratch, and lay it into models/.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EXAMPLES,
    )
    parser.add_argument("kind", choices=("detector", "embedder"))
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE", help="what to train (default: the project's own)")
    add("--data", type=Path, default=_ROOT.parent / "shared" / "data", metavar="DIR",
        help="what paths in the config are relative to (default: ../shared/data)")  # fmt: skip
    add("--cache", type=Path, default=_ROOT / ".cache" / "train", metavar="DIR",
        help="what is drawn and learnt, several GB (default: .cache/train)")  # fmt: skip
    add("--to", type=Path, default=MODELS, metavar="DIR", help="where models go (models/)")
    add("--processes", type=int, default=0, metavar="N",
        help="that learn at once on a CPU (default: one per core)")  # fmt: skip
    add("--deploy", action="store_true", help="do not train, convert what was learnt")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
