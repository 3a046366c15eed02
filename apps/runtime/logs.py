"""Logging: one line per event, as plain text on a terminal and as JSON elsewhere.

The formatter masks credentials in addresses, so that no message, argument or traceback can reveal
them.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

__all__ = ["configure", "mask"]

_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s\"']+@", re.IGNORECASE)
_SECRET_PARAMETER = re.compile(
    r"(?P<name>[?&#;][\w-]*(?:token|password|passwd|pass|pwd|secret|key|auth|signature)=)"
    r"[^&\s\"']+",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text with the credentials of all addresses masked.

    >>> mask("rtsp://admin:hunt@r2@10.0.0.5/live?token=abc&x=1")
    'rtsp://***@10.0.0.5/live?token=***&x=1'
    """
    text = _CREDENTIALS.sub(r"\g<scheme>***@", text)
    return _SECRET_PARAMETER.sub(r"\g<name>***", text)


class _PlainFormatter(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__(f"%(asctime)s %(levelname)-7s {service}: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


class _JsonFormatter(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return mask(json.dumps(fields, ensure_ascii=False))


def configure(service: str, level: str = "INFO") -> None:
    """Send all log records to standard error: as text to a terminal, otherwise as JSON."""
    terminal = sys.stderr.isatty()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_PlainFormatter(service) if terminal else _JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("uvicorn", "uvicorn.error", "uvicorn.access", "libav"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
