"""Kept for its name: the same as `tools/simulate-scaling.sh`, with the interpreter of .venv."""

from tools.scaling_lab.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main())
