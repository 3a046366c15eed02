"""Help texts of scripts whose options are parsed in Python: tools/usage/<script>.txt.

A script prints its text without Python packages, so `--help` works on a fresh machine at once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["SCRIPTS", "USAGE", "usage_text"]

ROOT = Path(__file__).resolve().parents[2]
USAGE = ROOT / "tools" / "usage"

#: Script -> the module that parses its options.
SCRIPTS = {
    "bench": "tools.bench",
    "download-models": "tools.download_models",
    "evaluate": "tools.evaluate",
    "gen-k8s-yaml": "tools.gen_k8s_yaml",
    "install-monitoring": "tools.install_monitoring",
    "make-scene": "apps.scenes.export",
    "run-local": "apps.local",
    "train": "tools.train",
    "validate-model": "tools.validate_model",
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
