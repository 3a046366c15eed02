"""The command: `tools/train.sh detector|embedder`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from tools.train.arguments import parse_arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Train and deploy; returns the exit code."""
    asked = parse_arguments(argv)
    # Imported after the options are parsed: the command needs torch.
    return int(import_module("tools.train.command").run(asked))


if __name__ == "__main__":
    raise SystemExit(main())
