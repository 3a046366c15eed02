"""`python -m apps.streams`: pushes the frames of cameras, files and addresses to the queues."""

from __future__ import annotations

import os
import sys

from apps.runtime import logs
from apps.runtime.service import serve
from apps.runtime.settings import load
from apps.streams.capture.capture import has_running_threads
from apps.streams.service import stream
from apps.streams.settings import StreamsSettings


def main() -> int:
    """Serve until asked to stop; return the exit code."""
    settings = load(StreamsSettings, description="Stream a camera, file or address to the queues.")
    logs.configure("streams", settings.log_level)
    code = serve(
        "streams",
        lambda service: stream(service, settings),
        host=settings.metrics_host,
        port=settings.metrics_port,
    )
    if has_running_threads():
        # unloading a library while one of its reads hangs would abort the process
        sys.stderr.flush()
        os._exit(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
