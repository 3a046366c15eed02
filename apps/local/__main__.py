"""`python -m apps.local`: the whole system on this machine; `tools/run-local.sh` calls it."""

from __future__ import annotations

import asyncio
import sys

from apps.local.arguments import parse_arguments
from apps.local.runner import run_local
from apps.pipeline import logs


def main() -> int:
    """Run until stopped; the exit code."""
    run = parse_arguments(sys.argv[1:])
    logs.configure("local", "INFO" if run.verbose else "WARNING")
    return asyncio.run(run_local(run))


if __name__ == "__main__":
    sys.exit(main())
