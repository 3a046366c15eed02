"""The command: `tools/generate.sh`, which writes the generated files of the repository."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.generate import golden_detections, golden_messages, reference, usage, wire_types
from tools.manifests import pages

ROOT = Path(__file__).resolve().parents[2]

#: Files that follow from the code alone.
_FILES: Mapping[str, Callable[[], dict[Path, str]]] = {
    "reference": reference.files,  # docs/reference
    "tables": pages.files,  # in docs/security.md and docs/operations.md
    "usage": usage.files,  # tools/usage
    "wire-types": wire_types.files,  # spa/src/wire.ts
}


def main(argv: Sequence[str] | None = None) -> int:
    """Write or check the files; returns the exit code, 1 when a check finds an old file."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["golden-detections"]:
        return golden_detections.main(words[1:])
    if words == ["golden-messages"]:
        return golden_messages.main()
    parser = argparse.ArgumentParser(prog="generate.sh", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(_FILES)} (all)")
    parser.add_argument("--check", action="store_true", help="fail instead of writing")
    asked = parser.parse_args(words)
    for name in asked.names:
        if name not in _FILES:
            parser.error(f"{name}: choose from {', '.join(_FILES)}")
    return _write(asked.names or list(_FILES), check=asked.check)


def _write(names: Sequence[str], *, check: bool) -> int:
    """Write the files that differ from their content; with `check`, only name them."""
    differing = [
        (path, text)
        for name in names
        for path, text in _FILES[name]().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in differing:
        print(f"{'out of date:' if check else 'wrote'} {path.relative_to(ROOT)}")
        if not check:
            path.write_text(text, encoding="utf-8")
    return 1 if check and differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
