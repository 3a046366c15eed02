"""Level of detail of a shape, by its size in the picture."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Detail", "detail_at"]

#: Finer details are worth their cost from this scale on, pixels per metre.
_MIDDLE, _CLOSE = 54.0, 135.0


class Detail(IntEnum):
    """Levels of detail; near things get more faces."""

    FAR = 0
    MIDDLE = 1
    CLOSE = 2


def detail_at(scale: float) -> Detail:
    """The level of detail for a picture.

    Args:
        scale: its pixels per metre.
    """
    if scale >= _CLOSE:
        return Detail.CLOSE
    return Detail.MIDDLE if scale >= _MIDDLE else Detail.FAR
