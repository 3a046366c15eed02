"""Orientation of video pictures: turn decoded pixels upright.

A phone writes each picture as the sensor sees it and adds an angle. Readers of recordings apply
that angle after decoding. The module needs no service and no container, only pixels.
"""

from __future__ import annotations

from enum import Enum
from typing import cast

import cv2

from apps.vision.image import Pixels

__all__ = ["Orientation"]


class Orientation(Enum):
    """Angle by which a decoded picture must be turned counterclockwise, degrees."""

    UPRIGHT = 0
    LEFT = 90
    UPSIDE_DOWN = 180
    RIGHT = 270

    @classmethod
    def from_degrees(cls, degrees: int) -> Orientation:
        """The orientation for an angle of the container.

        Args:
            degrees: counterclockwise; may be negative. Angles that are not a multiple of 90 count
                as upright.

        >>> Orientation.from_degrees(-90)
        <Orientation.RIGHT: 270>
        """
        try:
            return cls(degrees % 360)
        except ValueError:
            return cls.UPRIGHT

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height after turning, pixels; also the size before turning, given the result.

        >>> Orientation.LEFT.size(1280, 720)
        (720, 1280)
        """
        sideways = self in {Orientation.LEFT, Orientation.RIGHT}
        return (height, width) if sideways else (width, height)

    def turn(self, pixels: Pixels) -> Pixels:
        """Turn pixels upright.

        Args:
            pixels: uint8 [height, width, 3]; returned unchanged when already upright.
        """
        code = _ROTATIONS.get(self)
        return pixels if code is None else cast(Pixels, cv2.rotate(pixels, code))


_ROTATIONS = {
    Orientation.LEFT: cv2.ROTATE_90_COUNTERCLOCKWISE,
    Orientation.UPSIDE_DOWN: cv2.ROTATE_180,
    Orientation.RIGHT: cv2.ROTATE_90_CLOCKWISE,
}
