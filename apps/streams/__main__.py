"""`python -m apps.streams`: pictures of cameras, files and addresses become frames."""

from __future__ import annotations

import os
import sys

from apps.runtime import logs
from apps.runtime.service import serve
from apps.runtime.settings import load
from apps.streams.capture import some_still_read
from apps.streams.service import stream
from apps.streams.settings import StreamsSettings


def main() -> int:
    """Serve until asked to stop; the exit code."""
    settings = load(StreamsSettings, description="Stream a camera, file or address to the queues.")
    logs.configure("streams", settings.log_level)
    code = serve(
        "streams",
        lambda service: stream(service, settings),
        host=settings.metrics_host,
        port=settings.metrics_port,
    )
    if some_still_read():  # its libraries must not be taken down under it: that ends in an abort
        sys.stderr.flush()
        os._exit(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
