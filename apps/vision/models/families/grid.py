"""Grid cells of anchor-free detectors: one per pixel of each feature map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["STRIDES", "GridCells", "cells"]

#: Strides of the feature maps: input pixels per feature-map pixel.
STRIDES = (8, 16, 32)


class GridCells(NamedTuple):
    """All cells, by feature map and row.

    Attributes:
        corners: float32 [N, 2], column and row in the feature map.
        strides: float32 [N, 1], stride of the feature map, pixels of the input.
    """

    corners: npt.NDArray[np.float32]
    strides: npt.NDArray[np.float32]


def cells(width: int, height: int, strides: Sequence[int] = STRIDES) -> GridCells:
    """The grid cells of an input of `width` by `height` pixels, for each stride in pixels."""
    corners, steps = [], []
    for stride in strides:
        columns, rows = -(-width // stride), -(-height // stride)
        grid = np.indices((rows, columns), np.float32)[::-1].reshape(2, -1).T
        corners.append(grid)
        steps.append(np.full((len(grid), 1), stride, np.float32))
    return GridCells(np.concatenate(corners), np.concatenate(steps))
