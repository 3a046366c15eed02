"""Help texts of scripts whose options are parsed in Python: tools/usage/<script>.txt.

A script prints its text without Python packages, so `--help` works on a fresh machine at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["SCRIPTS", "USAGE", "files", "usage_text"]

ROOT = Path(__file__).resolve().parents[2]
USAGE = ROOT / "tools" / "usage"

#: Script -> the module that parses its options.
SCRIPTS = {
    "bench": "tools.bench",
    "download-models": "tools.models",
    "evaluate": "tools.evaluation",
    "gen-k8s-yaml": "tools.manifests",
    "install-monitoring": "tools.manifests.install_monitoring",
    "make-scene": "apps.scenes.export",
    "run-local": "apps.local",
    "simulate-scaling": "tools.scaling_lab",
    "train": "tools.train",
    "validate-model": "tools.validation",
}


def usage_text(script: str) -> str:
    """The help text that the parser of a script prints.

    Args:
        script: a key of `SCRIPTS`.

    Raises:
        subprocess.CalledProcessError: the module cannot print its help.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("EI_")}
    done = subprocess.run(
        [sys.executable, "-m", SCRIPTS[script], "--help"],
        cwd=ROOT, env={**environment, "COLUMNS": "100"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def files() -> dict[Path, str]:
    """The files with their contents."""
    return {USAGE / f"{script}.txt": usage_text(script) for script in SCRIPTS}
