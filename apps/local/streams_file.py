"""The YAML file of streams that `--config` names.

::

    streams:
      - source: rtsp://user:password@10.0.0.5/live
        name: gate              # optional: default made from the address
        tasks: [people, car]    # optional: default from the command line
        fps: 10                 # optional: default is the source's rate
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml
from msgspec import Struct

from apps.runtime.errors import SettingsError

__all__ = ["ListedStream", "read_streams"]


class ListedStream(Struct, frozen=True, forbid_unknown_fields=True):
    """One stream of the file."""

    source: str  #: address as typed by the user
    name: str = ""  #: stream name; empty for one made from the address
    tasks: tuple[str, ...] = ()  #: tasks that get every frame; empty for those of the command line
    fps: float | None = None  #: maximum frames per second; None for the source's rate


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    streams: tuple[ListedStream, ...] = ()


def read_streams(path: Path) -> tuple[ListedStream, ...]:
    """The streams of the file.

    Raises:
        SettingsError: The file cannot be read, or a field is unknown or has the wrong type.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return msgspec.convert(content or {}, _File).streams
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise SettingsError(f"{path}: {' '.join(str(error).split())}") from error
