"""`python -m apps.inference`: run one worker."""

from __future__ import annotations

import sys

from apps.inference.service import infer
from apps.inference.settings import InferenceSettings
from apps.runtime import logs
from apps.runtime.service import serve
from apps.runtime.settings import load


def main() -> int:
    """Run until asked to stop; the exit code."""
    settings = load(InferenceSettings, description="Infer frames and jobs of one task.")
    logs.configure("inference", settings.log_level)
    return serve(
        "inference",
        lambda service: infer(service, settings),
        host=settings.metrics_host,
        port=settings.metrics_port,
    )


if __name__ == "__main__":
    sys.exit(main())
