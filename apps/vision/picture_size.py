"""Parse picture sizes."""

from __future__ import annotations

import re

from apps.runtime.errors import SourceError

__all__ = ["parse_size"]

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})\Z")


def parse_size(text: str) -> tuple[int, int]:
    """Width and height of a text such as `1280x720`, pixels; `(0, 0)` for an empty text.

    Raises:
        SourceError: the text is not a size.
    """
    if not text:
        return 0, 0
    found = _SIZE.match(text.lower())
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 16 <= width <= 16384 or not 16 <= height <= 16384:
        raise SourceError(f"{text!r} is not a size: write WIDTHxHEIGHT in pixels, such as 1280x720")
    return width, height
