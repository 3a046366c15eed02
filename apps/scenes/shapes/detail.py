"""How finely a shape is made, by how large it will be seen."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Detail", "detail_at"]

#: Pixels per metre from which the finer details are worth their time.
_MIDDLE, _CLOSE = 54.0, 135.0


class Detail(IntEnum):
    """More faces for what is seen from closer by."""

    FAR = 0
    MIDDLE = 1
    CLOSE = 2


def detail_at(scale: float) -> Detail:
    """What a picture needs.

    Args:
        scale: its pixels per metre.
    """
    if scale >= _CLOSE:
        return Detail.CLOSE
    return Detail.MIDDLE if scale >= _MIDDLE else Detail.FAR
