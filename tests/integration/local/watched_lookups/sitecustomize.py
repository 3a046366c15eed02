"""On a process's path: writes each name that it resolves to the file of `WATCHED_LOOKUPS`."""

from __future__ import annotations

import os
import socket
from typing import Any

_resolve = socket.getaddrinfo


def _watched(host: Any, *arguments: Any, **options: Any) -> Any:
    with open(os.environ["WATCHED_LOOKUPS"], "a", encoding="utf-8") as lines:  # noqa: PTH123 - early
        lines.write(f"{host}\n")
    return _resolve(host, *arguments, **options)


socket.getaddrinfo = _watched
