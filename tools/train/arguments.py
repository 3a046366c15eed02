"""The command line of `tools/train.sh`. It imports no torch, so that `--help` works without."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from apps.vision.models.catalogue import MODELS

__all__ = ["parse_arguments"]

_ROOT = Path(__file__).resolve().parents[2]

_EXAMPLES = """examples:
  train.sh detector                                  the detector that ships with the project
  train.sh embedder                                  its embedder
  train.sh detector --config mine.yaml --data mine   your own classes and pictures
  train.sh detector --config mine.yaml --deploy      convert the last checkpoint, do not train

Training continues where it stopped; to start over, delete the folder of the model in the cache.
docs/howto/train-a-model.md describes the config file.
"""


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The options; ends the process with one line on standard error when they are wrong."""
    return _parser().parse_args(argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.sh",
        description="Train a small model from scratch and put it into models/.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EXAMPLES,
    )
    parser.add_argument("kind", choices=("detector", "embedder"))
    add = parser.add_argument
    add(
        "--config",
        type=Path,
        metavar="FILE",
        help="config file (the one that ships with the project)",
    )
    add("--data", type=Path, default=_ROOT.parent / "shared" / "data", metavar="DIR",
        help="folder for relative paths in the config (../shared/data)")  # fmt: skip
    add("--cache", type=Path, default=_ROOT / ".cache" / "train", metavar="DIR",
        help="folder for training data and checkpoints, several GB (.cache/train)")  # fmt: skip
    add("--to", type=Path, default=MODELS, metavar="DIR", help="folder for the model (models/)")
    add("--processes", type=int, default=0, metavar="N",
        help="number of training processes on a CPU (one per core)")  # fmt: skip
    add("--deploy", action="store_true", help="convert the last checkpoint, do not train")
    return parser
