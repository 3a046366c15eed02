"""`python -m apps.streams`: pictures of cameras, files and addresses become frames."""

from __future__ import annotations

import sys

from apps.pipeline import logs
from apps.pipeline.service import serve
from apps.pipeline.settings import load
from apps.streams.service import stream
from apps.streams.settings import StreamsSettings


def main() -> int:
    """Serve until asked to stop; the exit code."""
    settings = load(StreamsSettings, description="Stream a camera, file or address to the queues.")
    logs.configure("streams", settings.log_level)
    return serve(
        "streams",
        lambda service: stream(service, settings),
        host=settings.metrics_host,
        port=settings.metrics_port,
    )


if __name__ == "__main__":
    sys.exit(main())
