"""A coarse map of all shadows on the ground, applied to the picture in one step.

Shadows are soft, and every person has two. Drawing each of them into the full picture would cost
more than drawing the people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import cv2
import numpy as np

from apps.scenes.arrays import Bytes
from apps.scenes.drawing.compositing import Rect, inside
from apps.scenes.drawing.sprite import COARSE

__all__ = ["ShadowMap"]

#: Coarse rows that are applied to a picture together.
_BAND = 12


class ShadowMap:
    """The remaining light at each coarse pixel of one picture.

    Args:
        width: of the picture, pixels.
        height: of the picture, pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        # One more on each side, because interpolation reads the neighbours.
        self._kept = np.full((-(-height // COARSE) + 2, -(-width // COARSE) + 2), 255, np.uint8)
        self._touched: list[Rect] = []

    def darken(self, shadow: Bytes, placed: tuple[float, float, float, float, float]) -> None:
        """Add a shadow.

        Args:
            shadow: uint8 [h, w], share of the light that remains, 0..255.
            placed: wide, lean, tall, x0, y0 of the shadow in pixels of the picture, as in
                `SpritePlacement`; tall may be negative.
        """
        wide, lean, tall, x0, y0 = (value / COARSE for value in placed)
        x0, y0 = x0 + 1, y0 + 1
        rows, columns = shadow.shape
        across, down = sorted((0.0, lean * rows)), sorted((0.0, tall * rows))
        at = (x0 + across[0], y0 + down[0], x0 + wide * columns + across[1], y0 + down[1])
        rect = inside(at, self._kept.shape[1], self._kept.shape[0])
        if rect is None:
            return
        left, top, right, bottom = rect
        matrix = np.array(
            [
                [wide, lean, x0 - left + 0.5 * (wide + lean) - 0.5],
                [0.0, tall, y0 - top + 0.5 * tall - 0.5],
            ]
        )
        left_over = cv2.warpAffine(shadow, matrix, (right - left, bottom - top), borderValue=(255,))
        self._take(cast(Bytes, left_over), rect)

    def overlay_on(self, picture: Bytes) -> None:
        """Darken a picture, uint8 [height, width, 3], in place."""
        height, width = picture.shape[:2]
        for left, top, right, bottom in self._pieces():
            # Interpolation needs one more coarse pixel on each side, which is cut off again.
            near = self._kept[top - 1 : bottom + 1, left - 1 : right + 1]
            size = (near.shape[1] * COARSE, near.shape[0] * COARSE)
            fine = cv2.resize(near, size, interpolation=cv2.INTER_LINEAR)
            x, y = (left - 1) * COARSE, (top - 1) * COARSE
            under = picture[y : min(height, y + (bottom - top) * COARSE),
                            x : min(width, x + (right - left) * COARSE)]  # fmt: skip
            inner = fine[COARSE : COARSE + under.shape[0], COARSE : COARSE + under.shape[1]]
            cv2.multiply(under, cv2.cvtColor(inner, cv2.COLOR_GRAY2BGR), dst=under, scale=1 / 255)

    def _take(self, left_over: Bytes, rect: Rect) -> None:
        under = self._kept[rect.top : rect.bottom, rect.left : rect.right]
        cv2.multiply(under, left_over, dst=under, scale=1 / 255)
        self._touched.append(rect)

    def _pieces(self) -> Iterator[Rect]:
        """Rectangles that cover each touched coarse pixel once, without the border."""
        rows, columns = self._kept.shape
        for top in range(1, rows - 1, _BAND):
            bottom = min(top + _BAND, rows - 1)
            spans = sorted(
                (max(1, rect.left), min(columns - 1, rect.right))
                for rect in self._touched
                if rect.top < bottom and rect.bottom > top
            )
            left = right = 0
            for first, last in spans:
                if first > right:
                    if right > left:
                        yield Rect(left, top, right, bottom)
                    left, right = first, last
                right = max(right, last)
            if right > left:
                yield Rect(left, top, right, bottom)
