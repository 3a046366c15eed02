"""The cells of anchor-free detectors: one for each pixel of each feature map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["STRIDES", "GridCells", "cells"]

#: Pixels of the input for one pixel of each feature map.
STRIDES = (8, 16, 32)


class GridCells(NamedTuple):
    """Every cell, feature map by feature map, row by row.

    Attributes:
        corners: float32 [N, 2], column and row in its feature map.
        strides: float32 [N, 1], pixels of the input for one step in it.
    """

    corners: npt.NDArray[np.float32]
    strides: npt.NDArray[np.float32]


def cells(width: int, height: int, strides: Sequence[int] = STRIDES) -> GridCells:
    """The cells of an input of that size in pixels."""
    corners, steps = [], []
    for stride in strides:
        columns, rows = -(-width // stride), -(-height // stride)
        grid = np.indices((rows, columns), np.float32)[::-1].reshape(2, -1).T
        corners.append(grid)
        steps.append(np.full((len(grid), 1), stride, np.float32))
    return GridCells(np.concatenate(corners), np.concatenate(steps))
