"""Options of commands that read Redis themselves: where it is and how to sign in."""

from __future__ import annotations

import argparse
import os
import socket
import tempfile
from pathlib import Path

from apps.runtime.settings import QueueSettings, parse, settings_of

__all__ = ["add_queue_options", "queue_settings"]


def add_queue_options(parser: argparse.ArgumentParser) -> None:
    """Add one flag for each setting of the queue connection."""
    group = parser.add_argument_group(
        "queue connection", "Each has an environment variable, such as EI_QUEUE_HOST."
    )
    for item in settings_of(QueueSettings):
        group.add_argument(item.flag, dest=item.name, metavar=item.type_name.upper(),
                           help=item.text.rstrip("."))  # fmt: skip


def queue_settings(asked: argparse.Namespace) -> QueueSettings:
    """The connection settings: flags first, then the environment, then a running local system.

    Without flags and variables, and with no Redis on 127.0.0.1:6379, this is the private Redis of
    a system that `ei run` started, if there is one.

    Raises:
        SettingsError: a value is of the wrong type or out of range.
    """
    items = settings_of(QueueSettings)
    flags = {item.name: getattr(asked, item.name) for item in items if getattr(asked, item.name)}
    known = {item.variable for item in items}
    environment = {key: value for key, value in os.environ.items() if key in known}
    if not flags and not environment and not _listens("127.0.0.1", 6379):
        flags = {"queue_socket": _local_socket()}
    return parse(QueueSettings, environment, flags)


def _listens(host: str, port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1.0)
        return client.connect_ex((host, port)) == 0


def _local_socket() -> str:
    """The socket of the newest local system; empty if there is none."""
    found = Path(tempfile.gettempdir()).glob("ei-*/redis.sock")
    alive = [path for path in found if _answers(path)]
    return str(max(alive, key=lambda path: path.stat().st_mtime, default=""))


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True
