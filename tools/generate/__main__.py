"""The command: `tools/generate.sh`, all generated files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tools.generate.usage import SCRIPTS, USAGE, usage_text


def main(argv: Sequence[str] | None = None) -> int:
    """Write the files that differ; returns 0."""
    parser = argparse.ArgumentParser(
        prog="generate.sh", description="Write the generated files again, where they differ."
    )
    parser.parse_args(argv)
    for script in SCRIPTS:
        path, text = USAGE / f"{script}.txt", usage_text(script)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
