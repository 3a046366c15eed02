"""Overlays sprites on a picture, and measures visibility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, cast

import cv2
import numpy as np

from apps.scenes.arrays import Bools, Bytes, Floats
from apps.scenes.drawing.sprite import COARSE, Sprite

__all__ = [
    "Rect",
    "SpritePlacement",
    "Stencil",
    "inside",
    "intersection",
    "overlay",
    "place_sprite",
    "render",
]


class Rect(NamedTuple):
    """A rectangle of whole pixels: left and top are inside, right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class SpritePlacement:
    """Position of a sprite: its pixel (u, v) is at (x, y) of the picture.

    x = wide * u + lean * v + x0 and y = tall * v + y0.
    """

    sprite: Sprite
    wide: float
    lean: float
    tall: float
    x0: float
    y0: float

    def at(self, u: float, v: float) -> tuple[float, float]:
        """The position in the picture of a pixel of the sprite."""
        return self.wide * u + self.lean * v + self.x0, self.tall * v + self.y0

    def covers(
        self, left: float, top: float, right: float, bottom: float
    ) -> tuple[float, float, float, float]:
        """The picture area of a rectangle of the sprite: left, top, right, bottom, pixels."""
        low, high = sorted((self.lean * top, self.lean * bottom))
        return (
            self.wide * left + low + self.x0,
            self.tall * top + self.y0,
            self.wide * right + high + self.x0,
            self.tall * bottom + self.y0,
        )

    def rect(self, width: int, height: int) -> Rect | None:
        """Pixels of a picture that the sprite may touch; None if it is outside."""
        rows, columns = self.sprite.pixels.shape[:2]
        return inside(self.covers(0, 0, columns, rows), width, height)

    def matrix(self, left: float, top: float, coarse: int = 1) -> Floats:
        """Affine matrix for OpenCV, float [2, 3]; OpenCV counts from the middle of a pixel.

        Args:
            left: of the part of the picture to draw, pixels.
            top: of that part, pixels.
            coarse: pixels of sprite and picture per pixel of the result.
        """
        x0, y0 = self.x0 / coarse - left, self.y0 / coarse - top
        return np.array(
            [
                [self.wide, self.lean, x0 + 0.5 * (self.wide + self.lean) - 0.5],
                [0.0, self.tall, y0 + 0.5 * self.tall - 0.5],
            ]
        )


def place_sprite(
    sprite: Sprite, foot: tuple[float, float], top: tuple[float, float], scale: float
) -> SpritePlacement:
    """Place a sprite so that its origin and its top are at two given pixels.

    Args:
        sprite: to place.
        foot: pixel of its origin.
        top: pixel of its top.
        scale: horizontal pixels per metre.
    """
    u, v = sprite.anchor
    wide = scale / sprite.scale
    lean, tall = (foot[0] - top[0]) / sprite.rise, (foot[1] - top[1]) / sprite.rise
    return SpritePlacement(
        sprite, wide, lean, tall, foot[0] - wide * u - lean * v, foot[1] - tall * v
    )


def render(placement: SpritePlacement, rect: Rect) -> tuple[Bytes, Bytes]:
    """Draw a sprite alone into a part of a picture.

    Args:
        placement: of the sprite.
        rect: the part.

    Returns:
        Its colours, and the share of the background that stays visible (0..255), both uint8
        [height, width, 3].
    """
    left, top, right, bottom = rect
    patch = cv2.warpAffine(
        placement.sprite.pixels,
        placement.matrix(left, top),
        (right - left, bottom - top),
        borderValue=(0, 0, 0, 255),
    )
    colours = cv2.cvtColor(patch, cv2.COLOR_BGRA2BGR)
    rest = cv2.cvtColor(cv2.extractChannel(patch, 3), cv2.COLOR_GRAY2BGR)
    return cast(Bytes, colours), cast(Bytes, rest)


def overlay(picture: Bytes, colours: Bytes, rest: Bytes, left: int, top: int) -> None:
    """Put the result of `render`, or a part of it, over a picture, in place."""
    under = picture[top : top + colours.shape[0], left : left + colours.shape[1]]
    cv2.multiply(under, rest, dst=under, scale=1 / 255)
    cv2.add(under, colours, dst=under)


class Stencil:
    """A coarse map of the nearest thing at each pixel; gives the visibility of things.

    Args:
        width: of the picture, pixels.
        height: of the picture, pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self._map = np.zeros((-(-height // COARSE), -(-width // COARSE)), np.uint16)
        self._whole = [0.0]

    def add(self, placement: SpritePlacement) -> None:
        """Add a thing in front of all earlier ones."""
        number = len(self._whole)
        area = placement.sprite.area * placement.wide * placement.tall / COARSE**2
        self._whole.append(area)
        left, top, right, bottom = placement.rect(1 << 30, 1 << 30) or (0, 0, 0, 0)
        rows, columns = self._map.shape
        at = (left / COARSE, top / COARSE, right / COARSE, bottom / COARSE)
        rect = inside(at, columns, rows)
        if rect is None:
            return
        size = (rect.right - rect.left, rect.bottom - rect.top)
        mask = cv2.warpAffine(
            placement.sprite.mask, placement.matrix(rect.left, rect.top, COARSE), size
        )
        hit = mask > 127
        whole = placement.x0 >= 0 and rect.right < columns and rect.bottom < rows
        if whole and rect.left > 0 and rect.top > 0:
            self._whole[number] = float(np.count_nonzero(hit))
        self._map[rect.top : rect.bottom, rect.left : rect.right][hit] = number

    def hide(self, hidden: Bools, left: int, top: int) -> None:
        """Add a thing in front that is not counted.

        Args:
            hidden: bool [h, w] in coarse pixels, true where the thing is.
            left: coarse pixels.
            top: coarse pixels.
        """
        self._map[top : top + hidden.shape[0], left : left + hidden.shape[1]][hidden] = 0

    def visibilities(self) -> Floats:
        """Visible share of each thing, 0..1, in the order of `add`."""
        seen = np.bincount(self._map.ravel(), minlength=len(self._whole))[1:]
        shares: Floats = np.clip(seen / np.maximum(np.array(self._whole[1:]), 1.0), 0.0, 1.0)
        return shares


def intersection(first: Rect, second: Rect) -> Rect | None:
    """The pixels in both rectangles; None without any."""
    left, top = max(first.left, second.left), max(first.top, second.top)
    right, bottom = min(first.right, second.right), min(first.bottom, second.bottom)
    return Rect(left, top, right, bottom) if left < right and top < bottom else None


def inside(at: tuple[float, float, float, float], width: int, height: int) -> Rect | None:
    """The whole pixels of a picture that a rectangle touches; None if it is outside.

    Args:
        at: left, top, right, bottom, pixels.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """
    left, top = max(0, int(at[0]) - 1), max(0, int(at[1]) - 1)
    right, bottom = min(width, int(at[2]) + 2), min(height, int(at[3]) + 2)
    return Rect(left, top, right, bottom) if left < right and top < bottom else None
