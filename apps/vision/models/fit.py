"""Fit a picture into the input of a model, and record its position there."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from apps.vision.image import Pixels

__all__ = ["InputPlacement", "letterbox", "stretch"]

InputTensor = npt.NDArray[np.uint8]


class InputPlacement(NamedTuple):
    """The rectangle of the model's input that contains the picture, in pixels of the input.

    To convert input pixels to 0..1 of the picture, subtract `left` and `top` and divide by `width`
    and `height`.
    """

    left: float
    top: float
    width: float
    height: float


def stretch(pixels: Pixels, width: int, height: int) -> tuple[InputTensor, InputPlacement]:
    """Resize a picture to the whole input of `width` by `height` pixels; the aspect ratio changes.

    Returns:
        uint8 [1, height, width, 3], and the position of the picture in it.
    """
    if pixels.shape[:2] == (height, width):
        tensor = np.ascontiguousarray(pixels)
    else:
        tensor = _resized(pixels, width, height)
    return tensor[np.newaxis], InputPlacement(0, 0, width, height)


def letterbox(
    pixels: Pixels, width: int, height: int, fill: int
) -> tuple[InputTensor, InputPlacement]:
    """Resize a picture with its aspect ratio kept, into the upper left corner of the input.

    The remaining area gets the grey value `fill`, 0 to 255.

    Returns:
        uint8 [1, height, width, 3], and the position of the picture in it.
    """
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    inner_width = min(width, max(1, round(pixels.shape[1] * scale)))
    inner_height = min(height, max(1, round(pixels.shape[0] * scale)))
    tensor = np.full((1, height, width, 3), fill, np.uint8)
    tensor[0, :inner_height, :inner_width] = _resized(pixels, inner_width, inner_height)
    return tensor, InputPlacement(0, 0, inner_width, inner_height)


def _resized(pixels: Pixels, width: int, height: int) -> InputTensor:
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]  # cv2 declares a generic array
