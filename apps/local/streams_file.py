"""The YAML file of streams that `--config` names.

::

    streams:
      - source: rtsp://user:password@10.0.0.5/live
        name: gate              # its own name, or one made from the address
        tasks: [people, car]    # or those of the command line
        fps: 10                 # or the source's own
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml
from msgspec import Struct

from apps.runtime.errors import SettingsError

__all__ = ["ListedStream", "read_streams"]


class ListedStream(Struct, frozen=True, forbid_unknown_fields=True):
    """One stream of the file.

    Attributes:
        source: address as people type it.
        name: stream name; empty for one made from the address.
        tasks: each gets every frame; empty for those of the command line.
        fps: frames per second at most; None for the source's own.
    """

    source: str
    name: str = ""
    tasks: tuple[str, ...] = ()
    fps: float | None = None


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    streams: tuple[ListedStream, ...] = ()


def read_streams(path: Path) -> tuple[ListedStream, ...]:
    """The streams of the file.

    Raises:
        SettingsError: it cannot be read, or a field is unknown or of the wrong type.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return msgspec.convert(content or {}, _File).streams
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise SettingsError(f"{path}: {' '.join(str(error).split())}") from error
